package dev.kneepoint.analysis;

import dev.kneepoint.units.Checks;

/**
 * Throughput at a size.
 *
 * @param devices devices, at least 1
 * @param tokensPerSecond global rate, above 0
 */
public record ScalingPoint(int devices, double tokensPerSecond) {
    /** Checks the ranges. */
    public ScalingPoint {
        Checks.range("devices", devices, 1, 1 << 30);
        Checks.positive("tokensPerSecond", tokensPerSecond);
    }
}
