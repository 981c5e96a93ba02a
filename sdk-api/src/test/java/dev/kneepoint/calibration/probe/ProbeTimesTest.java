package dev.kneepoint.calibration.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Span;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a backend's timelines must have to be calibrated. */
class ProbeTimesTest {
    /** The simulator, without some spans. */
    private record Forgetful(Backend real, Predicate<Span> keeps) implements Backend {
        @Override
        public Capabilities capabilities() {
            return real.capabilities();
        }

        @Override
        public ExecutionResult execute(ExecutionRequest request) {
            ExecutionResult r = real.execute(request);
            List<RankTimeline> ranks = r.timeline().ranks().stream()
                    .map(t -> new RankTimeline(
                            t.label(),
                            t.ranks(),
                            t.parts(),
                            t.busy(),
                            t.spans().stream().filter(keeps).toList()))
                    .toList();
            Timeline timeline =
                    new Timeline(r.timeline().step(), ranks, r.timeline().criticalParts());
            return new ExecutionResult(r.steps(), timeline, r.energy(), r.provenance(), r.flags(), r.origin());
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private static Stream<Op> probed(StepPlan plan) {
        return plan.programs().stream()
                .flatMap(p -> p.segments().stream())
                .flatMap(s -> s.blocks().stream())
                .flatMap(b -> b.ops().stream())
                .filter(op -> op.name().startsWith(ProbePlans.PREFIX));
    }

    /** The simulator with so little memory that it refuses large arrays. */
    private record Small(Backend real, double limit) implements Backend {
        @Override
        public Capabilities capabilities() {
            return real.capabilities();
        }

        @Override
        public ExecutionResult execute(ExecutionRequest request) {
            if (probed(request.plan()).anyMatch(op -> Footprint.held(op, Float.BYTES) > limit)) {
                throw new UnsupportedPlanException("too large");
            }
            return real.execute(request);
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private static CalibrationRequest request() {
        return new CalibrationRequest(
                Machines.odd(), true, 2, Duration.ofSeconds(1), ProgressListener.none(), CancellationToken.none());
    }

    private static Calibration calibrate(Predicate<Span> keeps) {
        try (Backend sim = new Forgetful(Machines.open("sim", Map.of()), keeps)) {
            return Calibration.run(sim, request());
        }
    }

    @Test
    void marksWithoutKernel_areNotNeeded() {
        List<ProbeResidual> without =
                calibrate(s -> !s.name().startsWith("after-")).residuals();
        List<ProbeResidual> with = calibrate(s -> true).residuals();
        assertThat(without).hasSameSizeAs(with);
        for (int i = 0; i < with.size(); i++) {
            double seconds = with.get(i).measuredSeconds();
            assertThat(without.get(i).measuredSeconds())
                    .as(with.get(i).toString())
                    .isCloseTo(seconds, within(1e-6 * seconds));
        }
    }

    @Test
    void missingKernel_isNamed() {
        assertThatThrownBy(() -> calibrate(s -> !s.name().startsWith("probe-3")))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("where 'probe-3' belongs; calibration needs a span of every op");
        assertThatThrownBy(() -> calibrate(s -> false))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("has no kernel as number 2 of a probe, where 'renew' belongs");
    }

    @Test
    void deviceOfLessMemory_isProbedWithSmallerOps() {
        double limit = 300_000;
        try (Backend sim = new Small(Machines.open("sim", Map.of()), limit)) {
            Calibration found = Calibration.run(sim, request());
            assertThat(found.residuals())
                    .hasSizeBetween(1, calibrate(s -> true).residuals().size() - 1);
        }
        try (Backend sim = new Small(Machines.open("sim", Map.of()), 0)) {
            assertThatThrownBy(() -> Calibration.run(sim, request()))
                    .isInstanceOf(UnsupportedPlanException.class)
                    .hasMessage("too large");
        }
    }

    @Test
    void timeOfAnOp_isTheMeanWithoutTheExtremes() {
        List<Double> values = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            values.add((double) i);
        }
        values.set(0, -1_000.0);
        values.set(9, 1_000.0);

        assertThat(ProbeTimes.middle(values)).isCloseTo(5.5, within(1e-12));
        assertThat(ProbeTimes.middle(List.of(3.0))).isEqualTo(3);
    }
}
