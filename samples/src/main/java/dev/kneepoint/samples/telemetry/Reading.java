package dev.kneepoint.samples.telemetry;

import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.Utilization;
import java.util.Optional;

/** The metrics that both bridges report, with one name and unit each. */
enum Reading {
    STEP_TIME("kneepoint.step.time", "s", "Median time of a training step"),
    STEP_TIME_P95("kneepoint.step.time.p95", "s", "95th percentile of step times"),
    TOKENS("kneepoint.tokens.rate", "{token}/s", "Tokens per second over all devices"),
    MFU("kneepoint.mfu", "1", "Model FLOPs utilisation"),
    EXPOSED("kneepoint.communication.exposed", "1", "Share of the step in exposed communication"),
    COST("kneepoint.cost", "{USD}/{Mtoken}", "Device cost of a million tokens");

    private final String meter;
    private final String unit;
    private final String description;

    Reading(String meter, String unit, String description) {
        this.meter = meter;
        this.unit = unit;
        this.description = description;
    }

    String meter() {
        return meter;
    }

    String unit() {
        return unit;
    }

    String description() {
        return description;
    }

    /** The value; empty if the metric cannot be known. */
    Optional<Double> of(ScalingMetrics m) {
        return switch (this) {
            case STEP_TIME -> Optional.of(m.stepTime().value());
            case STEP_TIME_P95 -> Optional.of(m.step().p95().value());
            case TOKENS -> Optional.of(m.tokensPerSecond());
            case MFU -> m.utilization().map(Utilization::mfu);
            case EXPOSED ->
                Optional.of(m.meanParts().exposedCommunication() / m.meanParts().total());
            case COST -> m.usdPerMillionTokens();
        };
    }
}
