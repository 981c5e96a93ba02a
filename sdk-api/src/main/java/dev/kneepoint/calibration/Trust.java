package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;
import java.util.Locale;

/**
 * How far a prediction is from what was validated, and how far off predictions of the nearest validated runs were while
 * their family of sources was left out.
 *
 * @param level the distance
 * @param reason what the run has that no validated run near it had, or which validated runs it is like; a phrase
 * @param nearest the nearest kind of validated runs
 * @param spread factor from the prediction to either end of its 80 % interval, at least 1
 */
@Incubating
public record Trust(TrustLevel level, String reason, ValidatedKind nearest, double spread) {
    /** Checks the range. */
    public Trust {
        Checks.notBlank("reason", reason);
        if (!(spread >= 1)) {
            throw new IllegalArgumentException("the spread must be at least 1, not " + spread);
        }
    }

    /**
     * Held-out error of the nearest kind.
     *
     * @return median of |log(predicted/measured)|
     */
    public double heldOutMedian() {
        return nearest.median();
    }

    /**
     * Held-out error of the nearest kind.
     *
     * @return 80th percentile of |log(predicted/measured)|
     */
    public double heldOut80() {
        return nearest.p80();
    }

    /**
     * One line for people. A run outside the range says so first.
     *
     * @return for example {@code Validated: inside (…); held-out error of such runs 6 % median}
     */
    public String sentence() {
        String error = String.format(
                Locale.ROOT,
                "held-out error of %s runs %.0f %% median, %.0f %% at the 80th percentile",
                level == TrustLevel.INSIDE ? "such" : "the nearest",
                100 * Math.expm1(heldOutMedian()),
                100 * Math.expm1(heldOut80()));
        return switch (level) {
            case INSIDE -> "Validated: inside (" + reason + "); " + error;
            case NEAR -> "Validated: near (" + reason + "); " + error;
            case OUTSIDE -> "OUTSIDE the validated range: " + reason + "; " + error;
        };
    }
}
