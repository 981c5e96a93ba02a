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
 * @param heldOut whether the errors were taken while the runs' family of sources was left out of the fit
 */
@Incubating
public record Trust(TrustLevel level, String reason, ValidatedKind nearest, double spread, boolean heldOut) {
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
     * @return for example {@code inside the validated range (…); held-out error of such runs 6 % median …}
     */
    public String sentence() {
        String error = String.format(
                Locale.ROOT,
                "%serror of %s runs %.0f %% median, %.0f %% at the 80th percentile",
                heldOut ? "held-out " : "",
                level == TrustLevel.INSIDE ? "such" : "the nearest",
                100 * Math.expm1(heldOutMedian()),
                100 * Math.expm1(heldOut80()));
        return switch (level) {
            case INSIDE -> "inside the validated range (" + reason + "); " + error;
            case NEAR -> "near the validated range (" + reason + "); " + error;
            case OUTSIDE -> "OUTSIDE the validated range (" + reason + "); " + error;
        };
    }
}
