package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * One comparison of a prediction with a measurement that it had not seen.
 *
 * @param id the row
 * @param family its family of sources, the unit that is held out
 * @param traits what ran
 * @param predicted predicted seconds, above 0
 * @param measured measured seconds, above 0
 */
@Incubating
public record HeldOutResidual(String id, String family, RunTraits traits, double predicted, double measured) {
    /** Checks the ranges. */
    public HeldOutResidual {
        Checks.positive("predicted", predicted);
        Checks.positive("measured", measured);
    }

    /**
     * The signed error.
     *
     * @return {@code log(predicted/measured)}
     */
    public double logError() {
        return Math.log(predicted / measured);
    }
}
