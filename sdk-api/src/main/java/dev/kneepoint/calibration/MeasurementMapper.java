package dev.kneepoint.calibration;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.strategy.ParallelismStrategyBuilder;
import dev.kneepoint.strategy.PipelineScheduleKind;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns a measurement's configuration into a scenario and a layout. Reads neither what was measured nor the notes. Where
 * a published run does what our rules refuse (a batch that does not divide, an interleaved schedule with odd
 * micro-batches), the nearest layout is taken.
 */
public final class MeasurementMapper {
    private static final Pattern SHARD_GROUP = Pattern.compile("FSDP=(\\d{1,6})");

    private static final Pattern STATE_GROUP = Pattern.compile("zero(\\d{1,4})\\b");

    private MeasurementMapper() {}

    /**
     * Maps one row.
     *
     * @param m the row
     * @return scenario and layout, or why it is skipped
     */
    public static Mapping map(Measurement m) {
        Optional<Cluster> cluster = ClusterRules.choose(m);
        if (cluster.isEmpty()) {
            return new Mapping.Skipped("unknown accelerator");
        }
        for (String column : new String[] {"layers", "hidden", "heads", "seq_len", "global_batch", "gpus"}) {
            if (m.count(column, 0) == 0) {
                return new Mapping.Skipped("no " + column);
            }
        }
        String words = (m.id() + m.text("model") + m.text("row_ref")).toLowerCase(Locale.ROOT);
        if (words.contains("lora")) {
            return new Mapping.Skipped("not a full training step (LoRA)");
        }
        try {
            return layout(m, cluster.get());
        } catch (IllegalArgumentException e) {
            return new Mapping.Skipped("does not describe a run: " + e.getMessage());
        }
    }

    private static Mapping layout(Measurement m, Cluster cluster) {
        TransformerModel model = ModelRules.build(m);
        String kind = DataKindRules.kind(m, model, cluster.accelerator());
        StackChoice choice = StackRules.choose(m, kind);
        SoftwareStack stack = choice.in(ProfileCatalog.shipped());
        int devices = m.count("gpus", 1);
        int tensor = m.count("tp", 1);
        int pipeline = m.count("pp", 1);
        int context = m.count("cp", 1);
        int perReplica = tensor * pipeline * context;
        if (devices % perReplica != 0) {
            return new Mapping.Skipped("tp*pp*cp does not divide the devices");
        }
        int dp = devices / perReplica;
        int batch = m.count("global_batch", 1);
        int micro = Math.max(1, Math.min(m.count("micro_batch", unprinted(choice, batch / dp, pipeline)), batch / dp));
        int microBatches = Math.max(1, Math.round((float) batch / (dp * micro)));
        int rounded = dp * micro * microBatches;
        Precision precision = precision(m.text("precision"));
        int stateGroup = stateGroup(m, dp * context);
        TrainingWorkload workload = new TrainingWorkload(
                model, m.count("seq_len", 1), rounded, precision, Recompute.NONE, optimizer(stateGroup));
        Scenario scenario = Scenario.of(workload, cluster, stack);
        if (cluster.accelerator().peak(precision).isEmpty()) {
            return new Mapping.Skipped(cluster.accelerator().name() + " has no " + precision.label());
        }
        boolean folds = !choice.preset().equals("megatron-core-2024") || tensor == 1;
        ParallelismStrategyBuilder b = ParallelismStrategy.builder()
                .tensor(tensor)
                .pipeline(pipeline)
                .context(context)
                .expert(expert(m, model, dp * context * (folds ? tensor : 1)))
                .foldedExperts(folds || !model.isMixture())
                .microBatch(micro);
        if (tensor > 1) {
            b.sequenceParallel(m.flag("sp") || (m.text("sp").isBlank() && isCore(stack)));
        }
        dataKind(b, m, kind, stack, dp * context);
        if (stateGroup > 1) {
            b.data(DataKind.DDP);
        }
        schedule(b, m, model, choice, pipeline, microBatches);
        b.recompute(RecomputeRules.choose(m, stack, scenario, b));
        return switch (Layout.of(workload, b.build(), devices)) {
            case Feasibility.Feasible f -> new Mapping.Mapped(scenario, f.layout(), (double) batch / rounded, choice);
            case Feasibility.Infeasible i -> new Mapping.Skipped("layout refused: " + i.reason());
        };
    }

    /** A micro-batch that is not printed: TorchTitan cuts the batch into as many as there are stages, others into ones. */
    private static int unprinted(StackChoice stack, int perRank, int pipeline) {
        return stack.preset().equals("torchtitan") && pipeline > 1 ? Math.max(1, perRank / pipeline) : 1;
    }

    static boolean isCore(SoftwareStack stack) {
        return stack.name().startsWith("megatron-core") || stack.name().equals("torchtitan");
    }

    private static Precision precision(String text) {
        if (text.startsWith("fp8") || text.startsWith("mxfp8")) {
            return Precision.FP8;
        }
        if (text.contains("fp4")) {
            return Precision.FP4;
        }
        return text.isBlank() ? Precision.FP16 : Precision.parse(text);
    }

    private static int expert(Measurement m, TransformerModel model, int pool) {
        int wanted = m.count("ep", 1);
        if (!model.isMixture()) {
            return 1;
        }
        int experts = model.mixture().orElseThrow().experts();
        while (wanted > 1 && (experts % wanted != 0 || pool % wanted != 0)) {
            wanted--;
        }
        return wanted;
    }

    private static void dataKind(
            ParallelismStrategyBuilder b, Measurement m, String kind, SoftwareStack stack, int ranks) {
        boolean shards = stack.name().equals("deepspeed-zero3") || stack.name().equals("torchtitan");
        String fallback = shards ? "fsdp" : isMegatronCore(stack) ? "zero1" : "ddp";
        switch (kind.isBlank() ? fallback : kind) {
            case "zero1" -> b.data(DataKind.ZERO1);
            case "zero2" -> b.data(DataKind.ZERO2);
            case "fsdp", "zero3" -> b.data(DataKind.FSDP);
            case "hsdp" -> b.hsdp(shardGroup(m, ranks));
            default -> b.data(DataKind.DDP);
        }
    }

    /**
     * Ranks of a node that share optimizer state while all ranks all-reduce gradients (InternEvo's ZeRO-1 groups; its
     * FLOPS tables use groups of 8), or 1.
     */
    private static int stateGroup(Measurement m, int ranks) {
        if (!m.source().contains("InternEvo") || !m.text("dp_kind").equals("zero1")) {
            return 1;
        }
        String where = m.text("row_ref");
        Matcher named = STATE_GROUP.matcher(where);
        int group = named.find() ? Integer.parseInt(named.group(1)) : where.startsWith("FLOPS") ? 8 : 1;
        return group < ranks ? group : 1;
    }

    private static Optimizer optimizer(int stateGroup) {
        Optimizer adam = Optimizer.ADAMW;
        return stateGroup == 1
                ? adam
                : new Optimizer(
                        adam.name() + "-in-" + stateGroup,
                        adam.stateBytes() / stateGroup,
                        adam.trafficBytes() / stateGroup);
    }

    /** The shard group that the source names, or a node. */
    private static int shardGroup(Measurement m, int ranks) {
        Matcher named = SHARD_GROUP.matcher(m.text("row_ref"));
        if (named.find()) {
            int wanted = Integer.parseInt(named.group(1));
            if (wanted > 1 && ranks % wanted == 0) {
                return wanted;
            }
        }
        return ranks % 8 == 0 ? 8 : ranks;
    }

    private static boolean isMegatronCore(SoftwareStack stack) {
        return stack.name().startsWith("megatron-core");
    }

    private static void schedule(
            ParallelismStrategyBuilder b,
            Measurement m,
            TransformerModel model,
            StackChoice choice,
            int pipeline,
            int microBatches) {
        if (pipeline == 1) {
            return;
        }
        if (m.id().startsWith("zb-zb") || m.id().contains("zb-h1")) {
            b.schedule(PipelineScheduleKind.ZERO_BUBBLE_H1);
            return;
        }
        int virtual = evenChunks(model.layers(), pipeline, m.count("vpp", unprintedChunks(m, model, pipeline)));
        if (virtual > 1 && microBatches % pipeline == 0) {
            b.virtualStages(virtual);
        } else if (choice.preset().equals("nanotron") && pipeline <= model.layers()) {
            b.split(SplitRules.byWeight(model, pipeline));
        }
    }

    /** Chunks that are not printed: two where the words say interleaved, one layer each in NVIDIA's NeMo recipes. */
    private static int unprintedChunks(Measurement m, TransformerModel model, int pipeline) {
        String words = (m.id() + " " + m.text("row_ref")).toLowerCase(Locale.ROOT);
        if (words.contains("interleaved")) {
            return 2;
        }
        return m.source().contains("NeMo") ? Math.max(1, model.layers() / pipeline) : 1;
    }

    /**
     * Chunks per stage. Where a run counts tables as layers and so has more chunks than layers, the most chunks that
     * share the layers as evenly as any number of them.
     */
    private static int evenChunks(int layers, int pipeline, int wanted) {
        if ((long) pipeline * wanted <= layers) {
            return wanted;
        }
        int best = 1;
        for (int v = 2; pipeline * v <= layers; v++) {
            best = heaviestStage(layers, pipeline, v) <= heaviestStage(layers, pipeline, best) ? v : best;
        }
        return best;
    }

    private static int heaviestStage(int layers, int pipeline, int virtual) {
        return Math.ceilDiv(layers, pipeline * virtual) * virtual;
    }
}
