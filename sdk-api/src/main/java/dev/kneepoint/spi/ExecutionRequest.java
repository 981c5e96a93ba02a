package dev.kneepoint.spi;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.units.Checks;
import java.time.Duration;
import java.util.Optional;

/**
 * A plan and how to run it. Immutable.
 *
 * @param plan the plan
 * @param warmupSteps steps run and left out, at least 0
 * @param measuredSteps steps measured, at least 1
 * @param recordSpans whether the timelines keep every span (for traces), not only totals
 * @param deadline longest time that the whole run may take; empty for no limit
 * @param cancellation asks the run to stop
 */
public record ExecutionRequest(
        StepPlan plan,
        int warmupSteps,
        int measuredSteps,
        boolean recordSpans,
        Optional<Duration> deadline,
        CancellationToken cancellation) {
    /** Checks the ranges. */
    public ExecutionRequest {
        Checks.range("warmupSteps", warmupSteps, 0, 1_000_000);
        Checks.range("measuredSteps", measuredSteps, 1, 1_000_000);
    }

    /**
     * One measured step without warm-up, spans or deadline.
     *
     * @param plan the plan
     * @return the request
     */
    public static ExecutionRequest of(StepPlan plan) {
        return new ExecutionRequest(plan, 0, 1, false, Optional.empty(), CancellationToken.none());
    }

    /**
     * The same request with every span recorded.
     *
     * @return the changed request
     */
    public ExecutionRequest withSpans() {
        return new ExecutionRequest(plan, warmupSteps, measuredSteps, true, deadline, cancellation);
    }
}
