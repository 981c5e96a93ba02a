package dev.kneepoint.backend.sim;

import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;

/** Step times of the event-driven simulation, for tests of other packages; memory is not asked. */
public final class SimulatedSteps {
    private SimulatedSteps() {}

    /** Seconds of one step. */
    public static double seconds(Scenario scenario, Layout layout) {
        return new StepSimulator(PlanCompiler.compile(scenario, layout), true, false)
                .run()
                .step()
                .value();
    }
}
