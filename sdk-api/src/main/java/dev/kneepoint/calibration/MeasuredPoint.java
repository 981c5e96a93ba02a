package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cost.StepCost;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.units.Checks;

/**
 * One measured run. Immutable.
 *
 * @param name what a message calls it, for example {@code mine.csv, line 3}
 * @param scenario what ran on what, with the profiles as they ship
 * @param layout how
 * @param batchScale global batch of the run over that of the layout, where it had to be rounded; else 1
 * @param seconds measured step time
 */
@Incubating
public record MeasuredPoint(String name, Scenario scenario, Layout layout, double batchScale, double seconds) {
    /** Checks the ranges. */
    public MeasuredPoint {
        Checks.positive("batchScale", batchScale);
        Checks.positive("step time of " + name, seconds);
    }

    /**
     * Devices of the run.
     *
     * @return at least 1
     */
    public int devices() {
        return layout.devices();
    }

    double logSeconds() {
        return Math.log(seconds);
    }

    double logPredicted(Multipliers multipliers) {
        return Math.log(predicted(multipliers));
    }

    double predicted(Multipliers multipliers) {
        return new StepCost(multipliers.apply(scenario)).seconds(layout) * batchScale;
    }

    MeasuredPoint withSeconds(double value) {
        return new MeasuredPoint(name, scenario, layout, batchScale, value);
    }
}
