package dev.kneepoint;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.metrics.MetricsCalculator;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.study.ScalingPrediction;
import dev.kneepoint.study.ScalingPredictionBuilder;
import dev.kneepoint.study.ScalingStudy;
import dev.kneepoint.study.ScalingStudyBuilder;
import dev.kneepoint.study.StrategySearch;
import dev.kneepoint.study.StrategySearchBuilder;
import dev.kneepoint.workload.FlopConvention;
import java.util.Map;

/**
 * The façade that an embedder starts from. Immutable and thread-safe; keeps no global state.
 *
 * <pre>{@code
 * Kneepoint kneepoint = Kneepoint.create();
 * ScalingMetrics metrics = kneepoint.run("sim", scenario, ParallelismStrategy.parse("fsdp,tp=2"), 64);
 * }</pre>
 */
public final class Kneepoint {
    private final BackendRegistry backends;

    private Kneepoint(BackendRegistry backends) {
        this.backends = backends;
    }

    /**
     * A façade over the backends that this class's loader sees.
     *
     * @return the façade
     */
    public static Kneepoint create() {
        return create(Kneepoint.class.getClassLoader());
    }

    /**
     * A façade over the backends that a class loader sees.
     *
     * @param loader whose class path and modules are searched
     * @return the façade
     */
    public static Kneepoint create(ClassLoader loader) {
        return new Kneepoint(BackendRegistry.discover(loader));
    }

    /**
     * The backends, available or not.
     *
     * @return the registry
     */
    public BackendRegistry backends() {
        return backends;
    }

    /**
     * Compiles one configuration.
     *
     * @param scenario what is run on what
     * @param strategy the strategy
     * @param devices devices in all
     * @return the plan
     * @throws UnsupportedPlanException if the strategy does not suit, with the nearest legal choice
     */
    public StepPlan plan(Scenario scenario, ParallelismStrategy strategy, int devices) {
        return switch (Layout.of(scenario.workload(), strategy, devices)) {
            case Feasibility.Feasible f -> PlanCompiler.compile(scenario, f.layout());
            case Feasibility.Infeasible i -> throw new UnsupportedPlanException(i.message());
        };
    }

    /**
     * Runs one configuration for one step.
     *
     * @param backend id of the backend
     * @param scenario what is run on what
     * @param strategy the strategy
     * @param devices devices in all
     * @return the uniform metrics
     * @throws UnsupportedPlanException if the configuration cannot run, with what would
     * @throws IllegalArgumentException if there is no such backend
     */
    public ScalingMetrics run(String backend, Scenario scenario, ParallelismStrategy strategy, int devices) {
        try (Backend open = backends.open(backend, Map.of())) {
            return run(open, ExecutionRequest.of(plan(scenario, strategy, devices)));
        }
    }

    /**
     * Runs a request on an open backend.
     *
     * @param backend the backend
     * @param request the request
     * @return the uniform metrics
     */
    public static ScalingMetrics run(Backend backend, ExecutionRequest request) {
        return metrics(request.plan(), backend.execute(request));
    }

    /**
     * Begins to describe a search for the best strategy.
     *
     * @param scenario what runs on what
     * @param devices devices in all
     * @return a builder
     */
    @Incubating
    public StrategySearchBuilder search(Scenario scenario, int devices) {
        return StrategySearch.of(scenario, devices);
    }

    /**
     * The uniform metrics of a result, with attention counted in full.
     *
     * @param plan what was run
     * @param result what the backend returned
     * @return the metrics
     */
    public static ScalingMetrics metrics(StepPlan plan, ExecutionResult result) {
        return MetricsCalculator.compute(
                plan,
                result.steps(),
                result.timeline(),
                result.energy(),
                result.provenance(),
                result.flags(),
                result.origin(),
                FlopConvention.NON_CAUSAL);
    }

    /**
     * Starts a study.
     *
     * @param scenario what is run on what; its global batch is replaced by the study's
     * @return a builder
     */
    public ScalingStudyBuilder study(Scenario scenario) {
        return ScalingStudy.builder(backends, scenario);
    }

    /**
     * Starts a prediction from a few measured steps.
     *
     * @param scenario what runs on what, with the profiles as they ship; its global batch is replaced by the prediction's
     * @return a builder
     */
    @Incubating
    public ScalingPredictionBuilder predict(Scenario scenario) {
        return ScalingPrediction.builder(scenario);
    }
}
