package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;

/**
 * A predicted step time with an interval.
 *
 * @param seconds the prediction
 * @param low lower end, at most {@code seconds}
 * @param high upper end, at least {@code seconds}
 */
@Incubating
public record StepInterval(double seconds, double low, double high) {
    /** Checks the order. */
    public StepInterval {
        if (!(low > 0 && low <= seconds && seconds <= high)) {
            throw new IllegalArgumentException(
                    "a step time must lie inside its interval, not " + seconds + " in " + low + ".." + high);
        }
    }
}
