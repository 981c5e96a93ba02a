package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * A predicted step time with its 80 % interval: of runs like this one, four in five should be measured inside.
 *
 * @param seconds the prediction, above 0
 * @param low lower end of the interval
 * @param high upper end of it
 * @param trust how far the run is from what was validated
 */
@Incubating
public record Prediction(double seconds, double low, double high, Trust trust) {
    /** Checks the order. */
    public Prediction {
        Checks.positive("predicted seconds", seconds);
        if (!(low > 0 && low <= seconds && seconds <= high)) {
            throw new IllegalArgumentException(
                    "a prediction must lie inside its interval, not " + seconds + " in " + low + ".." + high);
        }
    }

    /**
     * A prediction whose interval follows from the held-out errors of the nearest validated runs.
     *
     * @param seconds the prediction, above 0
     * @param trust how far the run is from what was validated
     * @return the prediction
     */
    public static Prediction of(double seconds, Trust trust) {
        return new Prediction(seconds, seconds / trust.spread(), seconds * trust.spread(), trust);
    }
}
