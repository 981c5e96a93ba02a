package dev.kneepoint.calibration.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Span;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.ProgressListener;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
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

    private static Calibration calibrate(Predicate<Span> keeps) {
        try (Backend sim = new Forgetful(Machines.open("sim", Map.of()), keeps)) {
            return Calibration.run(
                    sim,
                    new CalibrationRequest(
                            Machines.odd(),
                            true,
                            2,
                            Duration.ofSeconds(1),
                            ProgressListener.none(),
                            CancellationToken.none()));
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
}
