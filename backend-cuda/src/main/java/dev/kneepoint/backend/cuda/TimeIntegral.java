package dev.kneepoint.backend.cuda;

import java.util.OptionalDouble;

/** A quantity over time, by the trapezoidal rule. Confined. */
final class TimeIntegral {
    private static final double PER_NANO = 1e-9;

    private long firstNanos;
    private long lastNanos;
    private double lastValue;
    private double total;
    private int samples;

    /** Adds a value; times do not go back. */
    void add(long nanos, double value) {
        if (samples == 0) {
            firstNanos = nanos;
        } else {
            total += (nanos - lastNanos) * PER_NANO * (value + lastValue) / 2;
        }
        lastNanos = nanos;
        lastValue = value;
        samples++;
    }

    /** Weighted by time; empty without values. */
    OptionalDouble mean() {
        if (samples == 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(lastNanos == firstNanos ? lastValue : total / ((lastNanos - firstNanos) * PER_NANO));
    }
}
