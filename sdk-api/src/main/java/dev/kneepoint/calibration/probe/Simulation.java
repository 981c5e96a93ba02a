package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.ExecutionRequest;
import java.util.Map;

/** Step times by the simulator. */
final class Simulation implements AutoCloseable {
    private final Backend simulator =
            BackendRegistry.discover(Simulation.class.getClassLoader()).open("sim", Map.of());

    double seconds(StepPlan plan) {
        return simulator.execute(ExecutionRequest.of(plan)).steps().median().value();
    }

    @Override
    public void close() {
        simulator.close();
    }
}
