package dev.kneepoint.samples.telemetry;

import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.StepRecorder;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleGauge;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import java.util.ArrayList;
import java.util.List;

/** The metrics of a training loop as OpenTelemetry gauges; they are computed when a reader collects. */
public final class OpenTelemetryBridge implements AutoCloseable {
    private final List<ObservableDoubleGauge> gauges = new ArrayList<>();

    /**
     * Registers the gauges.
     *
     * @param recorder where the loop reports its steps
     * @param meter the host's meter
     */
    public OpenTelemetryBridge(StepRecorder recorder, Meter meter) {
        for (Reading reading : Reading.values()) {
            gauges.add(meter.gaugeBuilder(reading.meter())
                    .setUnit(reading.unit())
                    .setDescription(reading.description())
                    .buildWithCallback(to -> observe(recorder, reading, to)));
        }
    }

    /** A metric that is not known is not reported. */
    private static void observe(StepRecorder recorder, Reading reading, ObservableDoubleMeasurement to) {
        ScalingMetrics m;
        try {
            m = recorder.metrics();
        } catch (IllegalStateException noStepYet) {
            return;
        }
        reading.of(m).ifPresent(to::record);
    }

    @Override
    public void close() {
        gauges.forEach(ObservableDoubleGauge::close);
    }
}
