package dev.kneepoint.backend.sim;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.metrics.Energy;
import dev.kneepoint.metrics.MetricsCalculator;
import dev.kneepoint.metrics.PowerModel;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.StepTimes;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.Precision;
import java.util.EnumSet;
import java.util.Optional;

/** Runs plans in virtual time. Stateless and thread-safe. */
final class SimBackend implements Backend {
    private static final Capabilities CAPABILITIES =
            new Capabilities(Provenance.SIMULATED, 1 << 20, EnumSet.allOf(Precision.class), true, true);

    private final boolean folds;

    SimBackend(boolean folds) {
        this.folds = folds;
    }

    @Override
    public Capabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public ExecutionResult execute(ExecutionRequest request) {
        StepPlan plan = request.plan();
        refuseUnsupported(plan);
        long start = System.nanoTime();
        request.cancellation().throwIfCancelled("starting the simulation");
        Timeline timeline = new StepSimulator(plan, folds, request.recordSpans()).run();
        request.cancellation().throwIfCancelled("ending the simulation");
        long taken = System.nanoTime() - start;
        request.deadline().filter(d -> taken > d.toNanos()).ifPresent(d -> {
            throw new DeadlineExceededException("the deadline of " + d.toMillis() + " ms passed while simulating "
                    + plan.layout().devices() + " ranks");
        });
        Scenario s = plan.scenario();
        double rate = s.workload().tokensPerStep()
                / timeline.step().value()
                / plan.layout().devices();
        Energy energy = PowerModel.of(
                MetricsCalculator.meanParts(timeline), s.hardware().device().power(), s.cluster(), rate);
        return new ExecutionResult(
                StepTimes.single(timeline.step()),
                timeline,
                Optional.of(energy),
                Provenance.SIMULATED,
                ImmutableSortedSet.of(),
                ImmutableSortedMap.of(
                        "backend",
                        "sim",
                        "device",
                        s.cluster().accelerator().name(),
                        "hardware",
                        s.hardware().name(),
                        "stack",
                        s.stack().name() + " (" + s.stack().date() + ")"));
    }

    private static void refuseUnsupported(StepPlan plan) {
        Accelerator device = plan.scenario().cluster().accelerator();
        Precision precision = plan.scenario().workload().precision();
        if (device.peak(precision).isEmpty()) {
            throw new UnsupportedPlanException(device.name() + " has no " + precision.label() + "; it has "
                    + device.peaks().keySet().stream()
                            .map(Precision::label)
                            .sorted()
                            .toList());
        }
        Bytes need = plan.memory().total();
        if (need.compareTo(device.memory()) > 0) {
            throw new UnsupportedPlanException("needs " + need + ", the device has " + device.memory());
        }
    }

    @Override
    public void close() {}
}
