package dev.kneepoint.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.testing.RandomConfigurations;
import dev.kneepoint.testing.RandomConfigurations.Configuration;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import org.junit.jupiter.api.Test;

/** Plans against the closed forms of PaLM, Korthikanti and Megatron-LM: operations, and bytes by axis. */
class PlanCountsTest {
    private static final int RUNS = 400;

    private interface Check {
        void run(Configuration c, StepPlan plan);
    }

    private static void each(long seed, Check check) {
        RandomConfigurations random = new RandomConfigurations(seed);
        for (int i = 0; i < RUNS; i++) {
            Configuration c = random.next();
            check.run(c, PlanCompiler.compile(c.scenario(), c.layout()));
        }
    }

    private static void equal(double actual, double expected, Configuration c) {
        if (expected == 0) {
            assertThat(actual).as(c.label()).isZero();
        } else {
            assertThat(actual).as(c.label()).isCloseTo(expected, withinPercentage(1e-7));
        }
    }

    /** Tokens of a micro-batch on a rank. */
    private static double tokens(Configuration c) {
        Layout l = c.layout();
        return (double) l.microBatch()
                * c.scenario().workload().sequenceLength()
                / l.strategy().context();
    }

    /** Layers of a stage with their multi-token heads. */
    private static int layers(Configuration c, int stage) {
        boolean ends = stage == c.layout().strategy().pipeline() - 1;
        return c.layout().stageLayers(stage) + (ends ? model(c).multiTokenHeads() : 0);
    }

    private static TransformerModel model(Configuration c) {
        return c.scenario().workload().model();
    }

    private static int expertLayers(Configuration c, int stage) {
        Layout l = c.layout();
        if (!model(c).isMixture()) {
            return 0;
        }
        int dense = model(c).mixture().orElseThrow().leadingDenseLayers();
        int count = stage == l.strategy().pipeline() - 1 ? model(c).multiTokenHeads() : 0;
        int at = 0;
        for (int chunk = 0; chunk < l.chunkLayers().size(); chunk++) {
            for (int i = 0; i < l.chunkLayers().get(chunk); i++, at++) {
                count += chunk % l.strategy().pipeline() == stage && at >= dense ? 1 : 0;
            }
        }
        return count;
    }

    @Test
    void executesThreeForwardPassesAndWhatIsRecomputed() {
        each(11, (c, plan) -> {
            int tensor = c.layout().strategy().tensor();
            TransformerModel m = model(c);
            if (m.kvHeads() % tensor != 0 && m.latentAttention().isEmpty()) {
                return;
            }
            TrainingWorkload w = c.scenario().workload();
            double attention = ModelCounts.attentionFlopsPerToken(m, w.sequenceLength(), FlopConvention.CAUSAL);
            double expected = ModelCounts.hardwareFlopsPerStep(w, FlopConvention.CAUSAL);
            // Flash attention's backward kernel executes 2.5 times its forward, where the convention counts 2.
            expected += 0.5 * attention * w.tokensPerStep();
            // The router is not divided over tensor ranks: every one of them computes it.
            int expertLayers = 0;
            for (int stage = 0; stage < c.layout().strategy().pipeline(); stage++) {
                expertLayers += expertLayers(c, stage);
            }
            double passes = 3 + (c.layout().recompute() == Recompute.FULL ? 1 : 0);
            double experts = m.mixture().map(x -> (double) x.experts()).orElse(0.0);
            expected += (tensor - 1) * 2 * passes * m.hidden() * experts * expertLayers * w.tokensPerStep();
            // So does every one with the down-projections of latent attention, whose outputs all heads share.
            double down = m.latentAttention()
                    .map(l -> (double) l.queryRank() + l.keyValueRank() + l.ropeHeadSize())
                    .orElse(0.0);
            double layers = (double) m.layers() + m.multiTokenHeads();
            expected += (tensor - 1) * 2 * passes * m.hidden() * down * layers * w.tokensPerStep();
            equal(plan.executedFlops(), expected, c);
        });
    }

    @Test
    void tensorRanksExchangeActivationsAsMegatronDoes() {
        each(12, (c, plan) -> {
            var s = c.layout().strategy();
            double bytes = tokens(c) * model(c).hidden() * 2;
            double m = c.layout().microBatches();
            boolean sharded = s.sequenceParallel();
            boolean again = c.layout().recompute() == Recompute.FULL;
            // Routed tokens need no exchange between tensor ranks: only the attention of such a layer does.
            boolean routed = s.expert() > 1
                    && sharded
                    && model(c).mixture().orElseThrow().sharedFfnHidden() == 0;
            for (int stage = 0; stage < s.pipeline(); stage++) {
                double perLayer = sharded ? 4 + 6 + (again ? 4 : 0) : 2 + 2 + (again ? 2 : 0);
                double total = perLayer * (routed ? 0.5 : 1) * layers(c, stage) * bytes;
                if (stage == 0) {
                    total += (sharded ? 2 : 1) * bytes;
                }
                if (stage == s.pipeline() - 1) {
                    double head = (sharded ? 2 : 1) * bytes + 12 * tokens(c);
                    total += head * (1 + model(c).multiTokenHeads());
                }
                equal(plan.bytes(stage, StreamKind.TENSOR), s.tensor() > 1 ? total * m : 0, c);
            }
        });
    }

    @Test
    void stagesPassOneMessagePerChunkBoundaryAndDirection() {
        each(13, (c, plan) -> {
            var s = c.layout().strategy();
            int p = s.pipeline();
            int chunks = p * s.virtualStages();
            double share = s.tensor();
            double message = tokens(c) * model(c).hidden() * 2 / share;
            for (int stage = 0; stage < p; stage++) {
                int forward = s.virtualStages() - (stage == p - 1 ? 1 : 0);
                int backward = s.virtualStages() - (stage == 0 ? 1 : 0);
                double expected = chunks == 1
                        ? 0
                        : (forward + backward) * message * c.layout().microBatches();
                boolean tied = model(c).tiedEmbeddings() && p > 1 && (stage == 0 || stage == p - 1);
                double table = (double) model(c).vocabulary() / s.tensor() * model(c).hidden();
                expected += tied ? gradientBytes(c) * table : 0;
                equal(plan.bytes(stage, StreamKind.PIPELINE), expected, c);
            }
        });
    }

    @Test
    void contextRanksExchangeKeysAndValues() {
        each(14, (c, plan) -> {
            var s = c.layout().strategy();
            TransformerModel m = model(c);
            double kvHeads = Math.max(1, m.kvHeads() / s.tensor());
            double whole = tokens(c) * s.context();
            double bytes = 2 * whole * kvHeads * ModelCounts.coreHeadSize(m) * 2;
            double passes = 3 + (c.layout().recompute() == Recompute.FULL ? 1 : 0);
            for (int stage = 0; stage < s.pipeline(); stage++) {
                double expected = passes * layers(c, stage) * bytes * c.layout().microBatches();
                equal(plan.bytes(stage, StreamKind.CONTEXT), s.context() > 1 ? expected : 0, c);
            }
        });
    }

    @Test
    void expertRanksDispatchAndCombineForwardAndBackward() {
        each(15, (c, plan) -> {
            var s = c.layout().strategy();
            if (s.expert() == 1) {
                return;
            }
            double topK = model(c).mixture().orElseThrow().topK();
            double copies = tokens(c) * topK * model(c).hidden() * 2;
            double passes = 4 + (c.layout().recompute() == Recompute.FULL ? 2 : 0);
            // Experts that are split over tensor ranks: gather and scatter around them, or an all-reduce behind.
            boolean split = c.layout().expertTensor() > 1;
            boolean whole = split && !s.sequenceParallel();
            double around = !split ? 0 : whole ? copies / 2 : copies;
            double bytes = (whole ? copies : copies / s.tensor()) + around;
            for (int stage = 0; stage < s.pipeline(); stage++) {
                double expected =
                        passes * expertLayers(c, stage) * bytes * c.layout().microBatches();
                equal(plan.bytes(stage, StreamKind.EXPERT), expected, c);
            }
        });
    }

    private static double gradientBytes(Configuration c) {
        double stack = c.scenario().stack().communication().gradientBytes();
        return Math.max(stack, c.scenario().workload().precision().storageBytes() == 4 ? 4 : 0);
    }

    /** Local weights of a stage, for dense models whose key and value heads divide. */
    private static double weights(Configuration c, int stage) {
        Layout l = c.layout();
        int p = l.strategy().pipeline();
        double layer = ModelCounts.attentionWeights(model(c)) + ModelCounts.denseFfnWeights(model(c));
        double tables = p == 1 && !model(c).tiedEmbeddings() ? 2 : p == 1 || stage == 0 || stage == p - 1 ? 1 : 0;
        double table = (double) model(c).vocabulary() * model(c).hidden();
        return (layers(c, stage) * layer + tables * table) / l.strategy().tensor();
    }

    /** PHYSICS 7, by data kind, for one rank. */
    private static double dataBytes(Configuration c, int stage) {
        Layout l = c.layout();
        var s = l.strategy();
        var stack = c.scenario().stack();
        boolean narrow = c.scenario().workload().precision().isQuantised();
        double storage = c.scenario().workload().precision().storageBytes();
        double gather = (narrow ? stack.communication().quantisedGatherBytes() : storage) * weights(c, stage);
        double gradient = gradientBytes(c) * weights(c, stage);
        int m = l.microBatches();
        int ranks = l.dataParallel() * s.context();
        boolean shards = s.data() == DataKind.DDP ? ranks > 1 : l.shardRanks() > 1;
        boolean once = s.pipeline() > 1;
        double times = once || stack.accumulateUnsharded() ? 1 : m;
        double table = (double) model(c).vocabulary() * model(c).hidden() / s.tensor();
        double root = once ? 0 : (model(c).tiedEmbeddings() ? 1 : 2) * table * gather / weights(c, stage);
        double replicas = s.data() == DataKind.HSDP && ranks > l.shardRanks() ? gradient / l.shardRanks() : 0;
        return replicas
                + (!shards
                        ? 0
                        : switch (s.data()) {
                            case DDP -> gradient;
                            case ZERO1 -> gather + gradient;
                            case ZERO2 -> gather + gradient * m;
                            // Root parameters stay gathered between the passes.
                            case FSDP, HSDP -> (once ? gather : (2 * gather - root) * m) + gradient * times;
                        });
    }

    @Test
    void dataRanksExchangeWeightsAndGradients() {
        each(16, (c, plan) -> {
            var s = c.layout().strategy();
            if (model(c).isMixture() || model(c).kvHeads() % s.tensor() != 0) {
                return;
            }
            for (int stage = 0; stage < s.pipeline(); stage++) {
                double sent = plan.bytes(stage, StreamKind.SHARD) + plan.bytes(stage, StreamKind.GRADIENT);
                double norm = c.layout().devices() > 1 ? 4 : 0;
                equal(sent - norm, dataBytes(c, stage), c);
            }
        });
    }
}
