package dev.kneepoint.samples.roofline;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.StepTimes;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.workload.Precision;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Computes a step from data sheets. Stateless and thread-safe. */
final class RooflineBackend implements Backend {
    @Override
    public Capabilities capabilities() {
        return new Capabilities(Provenance.SIMULATED, 1 << 20, EnumSet.allOf(Precision.class), true, false);
    }

    @Override
    public ExecutionResult execute(ExecutionRequest request) {
        long start = System.nanoTime();
        request.cancellation().throwIfCancelled("starting the roofline");
        StepPlan plan = request.plan();
        Timeline timeline = new RooflineStep(plan, request.recordSpans()).timeline();
        long taken = System.nanoTime() - start;
        request.deadline().filter(d -> taken > d.toNanos()).ifPresent(d -> {
            throw new DeadlineExceededException("the deadline of " + d + " passed in the roofline");
        });
        return new ExecutionResult(
                StepTimes.single(timeline.step()),
                timeline,
                Optional.empty(),
                Provenance.SIMULATED,
                new TreeSet<>(),
                new TreeMap<>(Map.of(
                        "backend",
                        "roofline",
                        "device",
                        plan.scenario().cluster().accelerator().name())));
    }

    @Override
    public void close() {}
}
