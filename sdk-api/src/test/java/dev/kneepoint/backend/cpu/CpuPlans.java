package dev.kneepoint.backend.cpu;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import java.util.Map;

/** Plans small enough to run in milliseconds. */
public final class CpuPlans {
    public static final TransformerModel MODEL = TransformerModel.builder("midget", 4, 32, 4)
            .kvHeads(4)
            .ffnHidden(64)
            .gatedFfn(true)
            .vocabulary(64)
            .build();
    public static final TransformerModel EXPERTS = TransformerModel.builder("midget-experts", 4, 32, 4)
            .kvHeads(4)
            .ffnHidden(64)
            .gatedFfn(true)
            .vocabulary(64)
            .mixture(new MixtureOfExperts(4, 2, 48, 32, 1))
            .build();

    private CpuPlans() {}

    public static StepPlan plan(TransformerModel model, String strategy, int devices, int batch) {
        TrainingWorkload w = new TrainingWorkload(model, 16, batch, Precision.FP32, Recompute.NONE, Optimizer.ADAMW);
        Scenario s = Scenario.of(w, ClusterCatalog.get("dgx-h100"), ProfileCatalog.stack("torch-fsdp"));
        return switch (Layout.of(w, ParallelismStrategy.parse(strategy), devices)) {
            case Feasibility.Feasible f -> PlanCompiler.compile(s, f.layout());
            case Feasibility.Infeasible i -> throw new IllegalArgumentException(i.message());
        };
    }

    static ExecutionResult run(StepPlan plan, Map<String, String> options) {
        try (var backend =
                BackendRegistry.discover(CpuPlans.class.getClassLoader()).open("cpu", options)) {
            return backend.execute(ExecutionRequest.of(plan));
        }
    }
}
