package dev.kneepoint.testkit;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.strategy.ParallelismStrategyBuilder;
import dev.kneepoint.strategy.PipelineScheduleKind;
import dev.kneepoint.strategy.Prefetch;
import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Legal plans of every kind, small enough to run in milliseconds; the same ones for the same seed. Thread-confined. */
public final class TinyPlans {
    private static final int SEQUENCE = 16;
    private static final TransformerModel DENSE = TransformerModel.builder("midget", 4, 32, 4)
            .kvHeads(4)
            .ffnHidden(64)
            .gatedFfn(true)
            .vocabulary(64)
            .build();
    private static final TransformerModel EXPERTS = TransformerModel.builder("midget-experts", 4, 32, 4)
            .kvHeads(4)
            .ffnHidden(64)
            .gatedFfn(true)
            .vocabulary(64)
            .tiedEmbeddings(true)
            .mixture(new MixtureOfExperts(4, 2, 48, 32, 1))
            .build();

    private final Random random;
    private final int mostRanks;
    private final List<Precision> precisions;
    private int drawn;

    /**
     * A generator.
     *
     * @param seed of the random numbers
     * @param mostRanks largest number of ranks, at least 1
     * @param precisions number formats to choose from; those that the plans' device, an H100, does not have are left out
     */
    public TinyPlans(long seed, int mostRanks, Iterable<Precision> precisions) {
        this.random = new Random(seed);
        this.mostRanks = mostRanks;
        List<Precision> usable = new ArrayList<>();
        for (Precision p : precisions) {
            if (ClusterCatalog.get("dgx-h100").accelerator().peak(p).isPresent()) {
                usable.add(p);
            }
        }
        usable.sort(null);
        this.precisions = List.copyOf(usable);
    }

    /**
     * A plan of a strategy.
     *
     * @param strategy the strategy's text form
     * @param devices ranks
     * @param globalBatch sequences of a step
     * @return a plan of a model of four layers
     * @throws IllegalArgumentException if the strategy is illegal, with the nearest that is legal
     */
    public static StepPlan of(String strategy, int devices, int globalBatch) {
        TrainingWorkload w = workload(DENSE, globalBatch, Precision.BF16, Recompute.NONE);
        return switch (Layout.of(w, ParallelismStrategy.parse(strategy), devices)) {
            case Feasibility.Feasible f -> PlanCompiler.compile(scenario(w), f.layout());
            case Feasibility.Infeasible i -> throw new IllegalArgumentException(i.message());
        };
    }

    private static TrainingWorkload workload(
            TransformerModel model, int batch, Precision precision, Recompute recompute) {
        return new TrainingWorkload(model, SEQUENCE, batch, precision, recompute, Optimizer.ADAMW);
    }

    /**
     * The next plan: data kinds, axes and schedules take turns, the rest is random.
     *
     * @return a legal plan
     */
    public StepPlan next() {
        while (true) {
            TransformerModel model = random.nextInt(3) == 0 ? EXPERTS : DENSE;
            int tensor = 1 << random.nextInt(2);
            int context = random.nextInt(3) == 0 ? 2 : 1;
            int pipeline = 1 << random.nextInt(3);
            int room = mostRanks / (tensor * context * pipeline);
            if (room < 1) {
                continue;
            }
            int data = 1 + random.nextInt(Math.min(room, 4));
            ParallelismStrategyBuilder b = ParallelismStrategy.builder()
                    .tensor(tensor)
                    .sequenceParallel(tensor > 1 && random.nextBoolean())
                    .context(context)
                    .microBatch(1)
                    .prefetch(Prefetch.values()[random.nextInt(Prefetch.values().length)]);
            int microBatches = schedule(b.pipeline(pipeline), pipeline);
            dataKind(b, data * context);
            if (model.isMixture()) {
                b.expert(1 << random.nextInt(3)).foldedExperts(random.nextInt(3) > 0);
            }
            Recompute recompute = Recompute.values()[random.nextInt(Recompute.values().length)];
            Precision precision = precisions.get(random.nextInt(precisions.size()));
            TrainingWorkload w = workload(model, data * microBatches, precision, recompute);
            int devices = tensor * context * pipeline * data;
            if (Layout.of(w, b.build(), devices) instanceof Feasibility.Feasible f) {
                drawn++;
                return PlanCompiler.compile(scenario(w), f.layout());
            }
        }
    }

    private int schedule(ParallelismStrategyBuilder b, int pipeline) {
        if (pipeline == 1) {
            return 1 + random.nextInt(3);
        }
        PipelineScheduleKind kind = PipelineScheduleKind.values()[drawn % PipelineScheduleKind.values().length];
        if (kind == PipelineScheduleKind.INTERLEAVED && pipeline == 2) {
            b.virtualStages(2).schedule(kind);
            return 2 * (1 + random.nextInt(2));
        }
        b.schedule(kind == PipelineScheduleKind.INTERLEAVED ? PipelineScheduleKind.ONE_F_ONE_B : kind);
        return 1 + random.nextInt(5);
    }

    private void dataKind(ParallelismStrategyBuilder b, int ranks) {
        DataKind kind = DataKind.values()[drawn % DataKind.values().length];
        if (kind == DataKind.HSDP) {
            b.hsdp(ranks % 2 == 0 ? 2 : 1);
        } else {
            b.data(kind);
        }
    }

    private static Scenario scenario(TrainingWorkload w) {
        return Scenario.of(w, ClusterCatalog.get("dgx-h100"), ProfileCatalog.stack("torch-fsdp"));
    }
}
