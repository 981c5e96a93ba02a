package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.ProfileSet;

/**
 * A constant of the profiles that a fit may move: where it lives, what was known of it before, and in which range it
 * makes sense. Immutable.
 *
 * @param name as in {@link ProfileSet#constant}
 * @param unit its unit
 * @param meaning what it is, in a few words
 * @param prior the value before any fit, from literature or microbenchmarks; positive
 * @param sigma standard deviation of its logarithm before any fit
 * @param low the least value that makes sense
 * @param high the greatest
 * @param source where the prior comes from
 */
@Incubating
public record Constant(
        String name, String unit, String meaning, double prior, double sigma, double low, double high, String source) {
    /** Checks the ranges. */
    public Constant {
        if (!(prior > 0 && sigma > 0 && low > 0 && low <= prior && prior <= high)) {
            throw new IllegalArgumentException(
                    "constant '" + name + "': want 0 < low <= prior <= high and sigma > 0, got" + " prior " + prior
                            + ", sigma " + sigma + ", low " + low + ", high " + high);
        }
    }

    /** The value at {@code x} standard deviations from the prior, within the range. */
    double at(double x) {
        return Math.min(high, Math.max(low, prior * Math.exp(x * sigma)));
    }

    /** How many standard deviations a value is from the prior. */
    double deviations(double value) {
        return Math.log(value / prior) / sigma;
    }
}
