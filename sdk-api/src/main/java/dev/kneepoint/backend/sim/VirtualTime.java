package dev.kneepoint.backend.sim;

import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.StepPlan;

/** Simulated times for backends that run a plan without caring how long it takes them. */
public final class VirtualTime {
    private VirtualTime() {}

    /**
     * The timeline of a step on the plan's hardware profile.
     *
     * @param plan the plan
     * @param spans whether to keep every span
     * @param slowdown by pipeline stage, how much longer its slowest rank computes than a healthy one, at least 1
     * @return the timeline, the same for the same arguments
     */
    public static Timeline of(StepPlan plan, boolean spans, double[] slowdown) {
        return new StepSimulator(plan, true, spans, slowdown).run();
    }

    /**
     * The timeline of a step whose kernels somebody has measured: what the host and the links do is simulated around them.
     *
     * @param plan the plan
     * @param spans whether to keep every span
     * @param kernels how long kernels take
     * @return the timeline, the same for the same arguments
     */
    public static Timeline around(StepPlan plan, boolean spans, MeasuredKernels kernels) {
        return StepSimulator.around(plan, spans, kernels).run();
    }
}
