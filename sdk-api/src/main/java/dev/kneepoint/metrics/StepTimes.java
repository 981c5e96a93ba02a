package dev.kneepoint.metrics;

import dev.kneepoint.units.Checks;
import dev.kneepoint.units.Seconds;

/**
 * Step times over the measured steps.
 *
 * @param median median
 * @param p5 5th percentile
 * @param p95 95th percentile
 * @param samples measured steps, at least 1
 * @param warmup steps run and left out before them
 */
public record StepTimes(Seconds median, Seconds p5, Seconds p95, int samples, int warmup) {
    /** Checks the ranges. */
    public StepTimes {
        Checks.positive("step time", median.value());
        Checks.range("samples", samples, 1, Integer.MAX_VALUE);
        Checks.range("warmup", warmup, 0, Integer.MAX_VALUE);
    }

    /**
     * One deterministic step.
     *
     * @param time its time
     * @return step times without spread
     */
    public static StepTimes single(Seconds time) {
        return new StepTimes(time, time, time, 1, 0);
    }
}
