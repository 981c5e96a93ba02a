package dev.kneepoint.samples.telemetry;

import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.StepRecorder;
import io.opentelemetry.api.metrics.BatchCallback;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import io.opentelemetry.api.metrics.ObservableMeasurement;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * The metrics of a training loop as OpenTelemetry gauges. They are computed once when a reader collects, so that all
 * gauges of a collection speak of the same steps.
 */
public final class OpenTelemetryBridge implements AutoCloseable {
    private final BatchCallback callback;

    /**
     * Registers the gauges.
     *
     * @param recorder where the loop reports its steps
     * @param meter the host's meter
     */
    public OpenTelemetryBridge(StepRecorder recorder, Meter meter) {
        Map<Reading, ObservableDoubleMeasurement> gauges = new EnumMap<>(Reading.class);
        for (Reading reading : Reading.values()) {
            gauges.put(
                    reading,
                    meter.gaugeBuilder(reading.meter())
                            .setUnit(reading.unit())
                            .setDescription(reading.description())
                            .buildObserver());
        }
        ObservableMeasurement[] all = gauges.values().toArray(new ObservableMeasurement[0]);
        callback = meter.batchCallback(() -> observe(recorder, gauges), all[0], Arrays.copyOfRange(all, 1, all.length));
    }

    /** A metric that is not known is not reported. */
    private static void observe(StepRecorder recorder, Map<Reading, ObservableDoubleMeasurement> gauges) {
        ScalingMetrics m;
        try {
            m = recorder.metrics();
        } catch (IllegalStateException noStepYet) {
            return;
        }
        gauges.forEach((reading, gauge) -> reading.of(m).ifPresent(gauge::record));
    }

    @Override
    public void close() {
        callback.close();
    }
}
