package dev.kneepoint.samples.telemetry;

import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.StepRecorder;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/** The metrics of a training loop as Micrometer gauges; they are computed when a registry asks for them. */
public final class MicrometerBridge implements MeterBinder {
    private final StepRecorder recorder;

    /**
     * A bridge.
     *
     * @param recorder where the loop reports its steps
     */
    public MicrometerBridge(StepRecorder recorder) {
        this.recorder = recorder;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (Reading reading : Reading.values()) {
            Gauge.builder(reading.meter(), recorder, r -> value(r, reading))
                    .baseUnit(reading.unit())
                    .description(reading.description())
                    .register(registry);
        }
    }

    /** Micrometer's word for a gauge without a value is NaN. */
    private static double value(StepRecorder recorder, Reading reading) {
        ScalingMetrics m;
        try {
            m = recorder.metrics();
        } catch (IllegalStateException noStepYet) {
            return Double.NaN;
        }
        return reading.of(m).orElse(Double.NaN);
    }
}
