package dev.kneepoint.calibration.probe;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * A plan that was predicted and run.
 *
 * @param id its shape
 * @param strategy its strategy's text form
 * @param devices ranks
 * @param predictedSeconds step time by the simulator
 * @param measuredSeconds median step time over all rounds
 * @since 0.2
 */
@Incubating
public record CheckedPlan(String id, String strategy, int devices, double predictedSeconds, double measuredSeconds) {
    /** Checks the ranges. */
    public CheckedPlan {
        Checks.positive("predictedSeconds", predictedSeconds);
        Checks.positive("measuredSeconds", measuredSeconds);
    }

    /**
     * Relative error.
     *
     * @return {@code |predicted/measured - 1|}
     */
    public double error() {
        return Math.abs(predictedSeconds / measuredSeconds - 1);
    }
}
