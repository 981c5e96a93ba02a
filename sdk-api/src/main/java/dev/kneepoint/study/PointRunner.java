package dev.kneepoint.study;

import dev.kneepoint.cost.MicroBatchChoice;
import dev.kneepoint.metrics.MetricsCalculator;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.Optional;

/** Runs one strategy at one size, and chooses the micro-batch where the strategy leaves it open. */
final class PointRunner {
    private final Scenario base;
    private final Backend backend;
    private final ScalingStudyBuilder settings;
    private Optional<String> limits = Optional.empty();

    PointRunner(Scenario base, Backend backend, ScalingStudyBuilder settings) {
        this.base = base;
        this.backend = backend;
        this.settings = settings;
    }

    /** What held the latest point back, in words; empty if it could not run. */
    Optional<String> limits() {
        return limits;
    }

    StudyPoint run(ParallelismStrategy strategy, int devices) {
        limits = Optional.empty();
        int batch = settings.scaling == Scaling.STRONG ? settings.batch : Math.multiplyExact(settings.batch, devices);
        TrainingWorkload workload = base.workload().withGlobalBatch(batch);
        Scenario scenario = base.withWorkload(workload);
        return switch (MicroBatchChoice.quickest(scenario, strategy, devices)) {
            case Feasibility.Infeasible i -> new StudyPoint.CannotRun(devices, i.message());
            case Feasibility.Feasible f -> execute(scenario, f.layout());
        };
    }

    private StudyPoint execute(Scenario scenario, Layout layout) {
        StepPlan plan = PlanCompiler.compile(scenario, layout);
        try {
            ExecutionRequest request = new ExecutionRequest(
                    plan,
                    settings.warmupSteps,
                    settings.measuredSteps,
                    false,
                    settings.deadline,
                    settings.cancellation);
            ExecutionResult r = backend.execute(request);
            ScalingMetrics metrics = MetricsCalculator.compute(
                    plan,
                    r.steps(),
                    r.timeline(),
                    r.energy(),
                    r.provenance(),
                    r.flags(),
                    r.origin(),
                    FlopConvention.NON_CAUSAL);
            limits = Optional.of(Limiter.describe(plan, metrics));
            return new StudyPoint.Ran(
                    layout.devices(),
                    layout.strategy().spec(),
                    layout.microBatch(),
                    scenario.workload().globalBatch(),
                    metrics);
        } catch (UnsupportedPlanException e) {
            return new StudyPoint.CannotRun(layout.devices(), String.valueOf(e.getMessage()));
        }
    }
}
