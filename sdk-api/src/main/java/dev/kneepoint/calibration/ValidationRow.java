package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One row of a validation.
 *
 * @param measurement the row as published
 * @param measuredSeconds measured step time; empty if the row has none
 * @param measuredFrom the column that it comes from
 * @param prediction predicted step time with its interval; empty if skipped
 * @param traits what decides how far the run is from others; empty if skipped
 * @param nullModelSeconds what half of the peak would take; empty if skipped
 * @param skipped why it was not predicted
 * @param stack software stack of the prediction; blank if skipped
 * @param hardware cluster of the prediction; blank if skipped
 * @param calibratedOn measured runs of the same family that the prediction was calibrated on, 0 if there were none;
 *     empty if nothing was to be calibrated
 */
public record ValidationRow(
        Measurement measurement,
        Optional<Double> measuredSeconds,
        Optional<String> measuredFrom,
        Optional<Prediction> prediction,
        Optional<RunTraits> traits,
        Optional<Double> nullModelSeconds,
        Optional<String> skipped,
        String stack,
        String hardware,
        OptionalInt calibratedOn) {
    /**
     * The same row predicted otherwise; how far it is from what was validated stays.
     *
     * @param seconds the prediction
     * @param points measured runs that it was calibrated on
     * @return the changed row
     */
    @Incubating
    public ValidationRow predicted(double seconds, OptionalInt points) {
        return new ValidationRow(
                measurement,
                measuredSeconds,
                measuredFrom,
                prediction.map(p -> Prediction.of(seconds, p.trust())),
                traits,
                nullModelSeconds,
                skipped,
                stack,
                hardware,
                points);
    }

    /**
     * The row's id.
     *
     * @return unique in its file
     */
    public String id() {
        return measurement.id();
    }

    /**
     * The row's source.
     *
     * @return as it stands
     */
    public String source() {
        return measurement.source();
    }

    /**
     * Devices of the run.
     *
     * @return 0 if the row does not say
     */
    public int devices() {
        return measurement.count("gpus", 0);
    }

    /**
     * The predicted step time.
     *
     * @return empty if skipped
     */
    public Optional<Double> predictedSeconds() {
        return prediction.map(Prediction::seconds);
    }

    /**
     * Relative error of the prediction.
     *
     * @return {@code predicted / measured - 1}; empty if either is missing
     */
    public Optional<Double> relativeError() {
        return against(predictedSeconds());
    }

    /**
     * Relative error of the null model.
     *
     * @return {@code null / measured - 1}; empty if either is missing
     */
    public Optional<Double> nullModelError() {
        return against(nullModelSeconds);
    }

    private Optional<Double> against(Optional<Double> seconds) {
        return seconds.flatMap(p -> measuredSeconds.map(m -> p / m - 1));
    }

    /**
     * Why the row does not count in the statistics that judge predictions.
     *
     * @return empty if it counts
     */
    public Optional<String> notJudged() {
        return Eligibility.whyNot(measurement);
    }

    /**
     * Why the row is evidently not the step that its columns describe: a hung run, a misprint.
     *
     * @return empty if nothing is known against it
     */
    public Optional<String> suspect() {
        return SuspectRows.reason(id());
    }
}
