package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.cost.StepCost;
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
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
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
        return switch (choose(scenario, strategy, devices)) {
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

    /** The quickest micro-batch that fits, by the closed form; the larger one where they tie. */
    private static Feasibility choose(Scenario scenario, ParallelismStrategy strategy, int devices) {
        if (scenario.cluster()
                .accelerator()
                .peak(scenario.workload().precision())
                .isEmpty()) {
            return new Feasibility.Infeasible(
                    scenario.cluster().accelerator().name() + " has no "
                            + scenario.workload().precision().label(),
                    "");
        }
        StepCost cost = new StepCost(scenario);
        Feasibility best = new Feasibility.Infeasible("", "");
        double quickest = Double.POSITIVE_INFINITY;
        double smallest = Double.POSITIVE_INFINITY;
        for (int mb : choices(scenario.workload(), strategy, devices)) {
            ParallelismStrategy with = strategy.toBuilder().microBatch(mb).build();
            switch (Layout.of(scenario.workload(), with, devices)) {
                case Feasibility.Infeasible i -> best = quickest == Double.POSITIVE_INFINITY ? i : best;
                case Feasibility.Feasible f -> {
                    double need = cost.memoryBytes(f.layout());
                    smallest = Math.min(smallest, need);
                    if (cost.fits(f.layout())) {
                        double seconds = cost.seconds(f.layout());
                        if (seconds <= quickest) {
                            quickest = seconds;
                            best = f;
                        }
                    }
                }
            }
        }
        if (quickest == Double.POSITIVE_INFINITY && smallest < Double.POSITIVE_INFINITY) {
            return new Feasibility.Infeasible(
                    "needs " + Bytes.of(smallest) + ", the device has "
                            + scenario.cluster().accelerator().memory(),
                    "");
        }
        return best;
    }

    private static List<Integer> choices(TrainingWorkload workload, ParallelismStrategy strategy, int devices) {
        if (strategy.microBatch().isPresent()) {
            return ImmutableList.of(strategy.microBatch().getAsInt());
        }
        List<Integer> choices = Layout.microBatchChoices(workload, strategy, devices);
        return choices.isEmpty() ? ImmutableList.of(1) : choices;
    }
}
