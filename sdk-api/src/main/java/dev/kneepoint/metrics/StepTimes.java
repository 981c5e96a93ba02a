package dev.kneepoint.metrics;

import dev.kneepoint.units.Checks;
import dev.kneepoint.units.Seconds;

/**
 * Step times over the measured steps. Each of the three is one that was measured, not one between two.
 *
 * @param median median, the lower of the middle two if their number is even
 * @param p5 5th percentile, the nearest one not above it
 * @param p95 95th percentile, the nearest one not below it
 * @param samples measured steps, at least 1
 * @param warmup steps run and left out before them
 */
public record StepTimes(Seconds median, Seconds p5, Seconds p95, int samples, int warmup) {
    /** 5 %. */
    private static final int ONE_IN_TAIL = 20;

    /** Checks the ranges. */
    public StepTimes {
        Checks.positive("step time", median.value());
        Checks.range("samples", samples, 1, Integer.MAX_VALUE);
        Checks.range("warmup", warmup, 0, Integer.MAX_VALUE);
    }

    /**
     * Step times of measured steps.
     *
     * @param ascending times in ascending order, in seconds, at least one
     * @param warmup steps run and left out before them
     * @return median, 5th and 95th percentile
     * @throws IllegalArgumentException if there is no time, the median is not positive, or warmup is negative
     */
    public static StepTimes ofSorted(double[] ascending, int warmup) {
        Checks.range("samples", ascending.length, 1, Integer.MAX_VALUE);
        int last = ascending.length - 1;
        int margin = last / ONE_IN_TAIL;
        return new StepTimes(
                new Seconds(ascending[medianIndex(ascending.length)]),
                new Seconds(ascending[margin]),
                new Seconds(ascending[last - margin]),
                ascending.length,
                warmup);
    }

    /**
     * Where the median step stands among sorted steps.
     *
     * @param samples how many there are, at least 1
     * @return an index
     */
    public static int medianIndex(int samples) {
        return (samples - 1) / 2;
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
