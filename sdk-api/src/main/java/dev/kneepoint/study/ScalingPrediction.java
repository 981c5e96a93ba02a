package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.calibration.SeriesCalibration;
import dev.kneepoint.profile.Scenario;
import java.util.List;

/**
 * A curve of step times over sizes, calibrated on measured points, with an interval and a knee. Immutable.
 *
 * @param scenario what runs on what, with calibrated profiles; with weak scaling the global batch is that of one device
 * @param scaling what stays fixed
 * @param batch global batch (strong) or sequences per device (weak)
 * @param strategy how it runs, in its text form
 * @param interval share of runs that the intervals are to cover
 * @param calibration what the measured points say
 * @param points the sizes that can run, ascending
 * @param refused the sizes that cannot
 * @param knee where scaling stops paying, by the most probable curve
 * @param sentence the answer in words
 */
@Incubating
public record ScalingPrediction(
        Scenario scenario,
        Scaling scaling,
        int batch,
        String strategy,
        double interval,
        SeriesCalibration calibration,
        List<PredictedPoint> points,
        List<StudyPoint.CannotRun> refused,
        KneeResult knee,
        String sentence) {
    /** Copies the points. */
    public ScalingPrediction {
        points = ImmutableList.copyOf(points);
        refused = ImmutableList.copyOf(refused);
    }

    /**
     * Starts a prediction.
     *
     * @param scenario what runs on what, with the profiles as they ship; its global batch is replaced
     * @return a builder
     */
    public static ScalingPredictionBuilder builder(Scenario scenario) {
        return new ScalingPredictionBuilder(scenario);
    }
}
