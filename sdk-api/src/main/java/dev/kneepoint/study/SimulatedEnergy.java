package dev.kneepoint.study;

import dev.kneepoint.metrics.Energy;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.strategy.Layout;
import java.util.Map;

/** Energy of layouts as backend {@code sim} reports it. Thread-safe. */
final class SimulatedEnergy implements AutoCloseable {
    private final Scenario scenario;
    private final Backend sim;

    SimulatedEnergy(Scenario scenario, double limitBytes) {
        this.scenario = roomy(scenario, limitBytes);
        this.sim =
                BackendRegistry.discover(SimulatedEnergy.class.getClassLoader()).open("sim", Map.of());
    }

    /** The simulator refuses what does not fit the device, but a search may have been given another limit. */
    static Scenario roomy(Scenario scenario, double limitBytes) {
        double device = scenario.cluster().accelerator().memory().value();
        return new HardwareChange(HardwareChange.Part.MEMORY, 2 * Math.max(1, limitBytes / device)).apply(scenario);
    }

    double joulesPerToken(Layout layout) {
        return sim.execute(ExecutionRequest.of(PlanCompiler.compile(scenario, layout)))
                .energy()
                .map(Energy::joulesPerToken)
                .orElseThrow();
    }

    @Override
    public void close() {
        sim.close();
    }
}
