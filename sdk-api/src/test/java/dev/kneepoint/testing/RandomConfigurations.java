package dev.kneepoint.testing;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.strategy.ParallelismStrategyBuilder;
import dev.kneepoint.strategy.PipelineScheduleKind;
import dev.kneepoint.strategy.Prefetch;
import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import dev.kneepoint.workload.TransformerModelBuilder;
import java.util.List;
import java.util.Random;

/** Feasible configurations of all kinds, the same ones for the same seed. Thread-confined. */
public final class RandomConfigurations {
    private static final int MAX_DEVICES = 2048;
    private static final List<String> MODELS = List.copyOf(ModelCatalog.all().keySet());
    private static final List<SoftwareStack> STACKS = ProfileCatalog.stacks().values().stream()
            .filter(s -> !s.name().startsWith("cpu-"))
            .toList();
    private static final List<Cluster> CLUSTERS = ClusterCatalog.all().values().stream()
            .filter(c -> !c.name().startsWith("local-"))
            .toList();

    private final long seed;
    private final Random random;
    private int drawn;

    /**
     * A configuration and how to get it again.
     *
     * @param scenario what runs on what
     * @param layout a feasible layout
     * @param label seed, number and short description, for failure messages
     */
    public record Configuration(Scenario scenario, Layout layout, String label) {}

    /**
     * A generator.
     *
     * @param seed of the random numbers
     */
    public RandomConfigurations(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    /**
     * The next feasible configuration; whether it fits the memory is not asked.
     *
     * @return the configuration
     */
    public Configuration next() {
        while (true) {
            Cluster cluster = pick(CLUSTERS);
            TransformerModel model = random.nextInt(3) == 0 ? randomModel() : ModelCatalog.get(pick(MODELS));
            ParallelismStrategyBuilder strategy = ParallelismStrategy.builder();
            int tensor = degree(3);
            int context = random.nextInt(4) == 0 ? degree(3) : 1;
            int microBatch = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1;
            int pipeline = random.nextInt(2) == 0 ? 2 + random.nextInt(random.nextBoolean() ? 3 : 15) : 1;
            int microBatches = pipeline(strategy, pipeline, model.layers());
            long inner = (long) tensor * context * pipeline;
            int limit = (int) (Math.min(MAX_DEVICES, cluster.maxDevices()) / inner);
            if (limit < 1) {
                continue;
            }
            int data = dataRanks(limit);
            strategy.tensor(tensor)
                    .sequenceParallel(tensor > 1 && random.nextInt(4) > 0)
                    .context(context)
                    .microBatch(microBatch)
                    .expert(model.isMixture() ? degree(6) : 1)
                    .foldedExperts(!model.isMixture() || random.nextInt(4) > 0)
                    .prefetch(pick(List.of(Prefetch.values())));
            dataKind(strategy, data * context);
            Precision precision = pick(List.copyOf(cluster.accelerator().peaks().keySet()));
            TrainingWorkload workload = new TrainingWorkload(
                    model,
                    512 << random.nextInt(6),
                    data * microBatch * microBatches,
                    precision,
                    pick(List.of(Recompute.values())),
                    Optimizer.ADAMW);
            int devices = (int) (inner * data);
            if (Layout.of(workload, strategy.build(), devices) instanceof Feasibility.Feasible feasible) {
                Scenario scenario = Scenario.of(workload, cluster, pick(STACKS));
                return new Configuration(scenario, feasible.layout(), label(scenario, feasible.layout()));
            }
        }
    }

    private String label(Scenario s, Layout layout) {
        TrainingWorkload w = s.workload();
        return "seed " + seed + " #" + drawn++ + ": " + w.model().name() + " s=" + w.sequenceLength() + " gb="
                + w.globalBatch() + " " + w.precision() + " recompute=" + w.recompute() + " on " + layout.devices()
                + " "
                + s.cluster().name() + " " + s.stack().name() + " "
                + layout.strategy().spec() + ",sched="
                + layout.strategy().schedule().label() + ",m=" + layout.microBatches();
    }

    /** Chooses schedule and virtual stages; returns micro-batches. */
    private int pipeline(ParallelismStrategyBuilder strategy, int stages, int layers) {
        int microBatches = 1 + random.nextInt(random.nextBoolean() ? 8 : 64);
        strategy.pipeline(stages);
        if (stages == 1) {
            return microBatches;
        }
        PipelineScheduleKind schedule = pick(List.of(PipelineScheduleKind.values()));
        int chunks = 2 + random.nextInt(3);
        if (schedule == PipelineScheduleKind.INTERLEAVED && chunks * stages <= layers) {
            strategy.virtualStages(chunks).schedule(schedule);
            return stages * (1 + random.nextInt(64 / stages));
        }
        strategy.schedule(schedule == PipelineScheduleKind.INTERLEAVED ? PipelineScheduleKind.ONE_F_ONE_B : schedule);
        return microBatches;
    }

    private int dataRanks(int limit) {
        if (random.nextInt(5) == 0) {
            return 1 + random.nextInt(Math.min(limit, 48));
        }
        int most = 31 - Integer.numberOfLeadingZeros(limit);
        return 1 << random.nextInt(most + 1);
    }

    private void dataKind(ParallelismStrategyBuilder strategy, int ranks) {
        DataKind kind = pick(List.of(DataKind.values()));
        if (kind == DataKind.HSDP) {
            int group = 1 << random.nextInt(8);
            while (ranks % group != 0) {
                group /= 2;
            }
            strategy.hsdp(group);
        } else {
            strategy.data(kind);
        }
    }

    private TransformerModel randomModel() {
        int headSize = random.nextBoolean() ? 128 : 64;
        int kvHeads = 1 << random.nextInt(5);
        int heads = kvHeads * (1 << random.nextInt(3));
        int hidden = Math.max(512, heads * headSize);
        TransformerModelBuilder b = TransformerModel.builder("random", 1 + random.nextInt(96), hidden, heads)
                .kvHeads(kvHeads)
                .headSize(headSize)
                .ffnHidden(256 * (1 + random.nextInt(100)))
                .gatedFfn(random.nextBoolean())
                .vocabulary(128 * (100 + random.nextInt(1200)))
                .tiedEmbeddings(random.nextBoolean());
        if (random.nextInt(4) == 0) {
            b.slidingWindow(256 << random.nextInt(5), random.nextDouble());
        }
        if (random.nextInt(3) == 0) {
            int experts = 8 << random.nextInt(4);
            int shared = random.nextBoolean() ? 512 * (1 + random.nextInt(4)) : 0;
            b.mixture(new MixtureOfExperts(experts, 1 + random.nextInt(8), 256 * (1 + random.nextInt(16)), shared, 0));
        }
        return b.build();
    }

    private int degree(int mostLog) {
        return 1 << random.nextInt(mostLog + 1);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
