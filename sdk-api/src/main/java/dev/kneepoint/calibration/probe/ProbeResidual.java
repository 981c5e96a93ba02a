package dev.kneepoint.calibration.probe;

import dev.kneepoint.annotation.Incubating;

/**
 * A probe, and what the fitted profile says of it.
 *
 * @param kind the curve that it belongs to, for example {@code matmul} or {@code state/all-reduce}
 * @param label its shape or size
 * @param ranks ranks that ran it at once
 * @param measuredSeconds middle of the measured times
 * @param predictedSeconds time by the profile
 * @since 0.2
 */
@Incubating
public record ProbeResidual(String kind, String label, int ranks, double measuredSeconds, double predictedSeconds) {
    /**
     * Relative error of the profile.
     *
     * @return {@code predicted/measured - 1}
     */
    public double relativeError() {
        return predictedSeconds / measuredSeconds - 1;
    }
}
