package dev.kneepoint.samples.telemetry;

import dev.kneepoint.metrics.ScalingMetrics;
import java.util.OptionalDouble;
import java.util.function.Function;

/** The metrics that both bridges report, with one name and unit each. */
enum Reading {
    STEP_TIME(
            "kneepoint.step.time",
            "s",
            "Median time of a training step",
            m -> some(m.stepTime().value())),
    STEP_TIME_P95(
            "kneepoint.step.time.p95",
            "s",
            "95th percentile of step times",
            m -> some(m.step().p95().value())),
    TOKENS("kneepoint.tokens.rate", "{token}/s", "Tokens per second over all devices", m -> some(m.tokensPerSecond())),
    MFU(
            "kneepoint.mfu",
            "1",
            "Model FLOPs utilisation",
            m -> m.utilization().map(u -> some(u.mfu())).orElse(OptionalDouble.empty())),
    EXPOSED(
            "kneepoint.communication.exposed",
            "1",
            "Share of the step in exposed communication",
            m -> some(m.meanParts().exposedCommunication() / m.meanParts().total())),
    COST(
            "kneepoint.cost",
            "{USD}/{Mtoken}",
            "Device cost of a million tokens",
            m -> m.usdPerMillionTokens().map(Reading::some).orElse(OptionalDouble.empty()));

    private final String meter;
    private final String unit;
    private final String description;
    private final Function<ScalingMetrics, OptionalDouble> value;

    Reading(String meter, String unit, String description, Function<ScalingMetrics, OptionalDouble> value) {
        this.meter = meter;
        this.unit = unit;
        this.description = description;
        this.value = value;
    }

    private static OptionalDouble some(double value) {
        return OptionalDouble.of(value);
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
    OptionalDouble of(ScalingMetrics m) {
        return value.apply(m);
    }
}
