package dev.kneepoint.calibration;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * One row of a validation.
 *
 * @param id the measurement's id
 * @param source its source, as it stands
 * @param devices devices of the run; 0 if the row does not say
 * @param measuredSeconds measured step time; empty if the row has none
 * @param measuredFrom the column that it comes from
 * @param predictedSeconds predicted step time; empty if skipped
 * @param nullModelSeconds what half of the peak would take; empty if skipped
 * @param skipped why it was not predicted
 * @param stack software stack of the prediction; blank if skipped
 * @param hardware cluster of the prediction; blank if skipped
 * @param calibratedOn measured runs of the same family that the prediction was calibrated on, 0 if there were none;
 *     empty if nothing was to be calibrated
 */
public record ValidationRow(
        String id,
        String source,
        int devices,
        Optional<Double> measuredSeconds,
        Optional<String> measuredFrom,
        Optional<Double> predictedSeconds,
        Optional<Double> nullModelSeconds,
        Optional<String> skipped,
        String stack,
        String hardware,
        OptionalInt calibratedOn) {
    ValidationRow calibrated(FamilyCalibration.Calibrated by) {
        return new ValidationRow(
                id,
                source,
                devices,
                measuredSeconds,
                measuredFrom,
                Optional.of(by.seconds()),
                nullModelSeconds,
                skipped,
                stack,
                hardware,
                OptionalInt.of(by.calibratedOn()));
    }

    /**
     * Relative error of the prediction.
     *
     * @return {@code predicted / measured - 1}; empty if either is missing
     */
    public Optional<Double> relativeError() {
        return predictedSeconds.flatMap(p -> measuredSeconds.map(m -> p / m - 1));
    }

    /**
     * Relative error of the null model.
     *
     * @return {@code null / measured - 1}; empty if either is missing
     */
    public Optional<Double> nullModelError() {
        return nullModelSeconds.flatMap(p -> measuredSeconds.map(m -> p / m - 1));
    }
}
