package dev.kneepoint.calibration;

import dev.kneepoint.cost.StepCost;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.Scenario;

/**
 * One measured run as a fit sees it.
 *
 * @param measurement the row
 * @param mapped what it is in our terms
 * @param logSeconds logarithm of the measured step time
 * @param weight its share of a vote
 */
record FitRow(Measurement measurement, Mapping.Mapped mapped, double logSeconds, double weight) {
    FitRow weighted(double value) {
        return new FitRow(measurement, mapped, logSeconds, value);
    }

    double logPredicted(ProfileSet profiles) {
        return logPredicted(mapped.scenario(profiles));
    }

    double logPredicted(Scenario scenario) {
        return Math.log(new StepCost(scenario).seconds(mapped.layout()) * mapped.batchScale());
    }
}
