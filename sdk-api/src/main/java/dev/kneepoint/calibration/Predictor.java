package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cost.StepCost;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.Scenario;

/** How a validation turns a mapped row into a step time. Must read neither what was measured nor the notes. */
@Incubating
@FunctionalInterface
public interface Predictor {
    /**
     * Predicts one row.
     *
     * @param m the row
     * @param mapped what it is in our terms
     * @return the prediction
     */
    Prediction predict(Measurement m, Mapping.Mapped mapped);

    /**
     * The closed form on the shipped profiles, with the interval of the shipped validated range.
     *
     * @return the predictor
     */
    static Predictor closedForm() {
        return closedForm(ValidatedRange.shipped());
    }

    /**
     * The closed form on the shipped profiles.
     *
     * @param range what the distance of a run and its interval are taken from
     * @return the predictor
     */
    static Predictor closedForm(ValidatedRange range) {
        return closedForm(ProfileCatalog.shipped(), range);
    }

    /**
     * The closed form on other profiles.
     *
     * @param profiles the profiles
     * @param range what the distance of a run and its interval are taken from
     * @return the predictor
     */
    static Predictor closedForm(ProfileSet profiles, ValidatedRange range) {
        return (m, mapped) -> {
            Scenario scenario = mapped.scenario(profiles);
            return Prediction.of(
                    new StepCost(scenario).seconds(mapped.layout()) * mapped.batchScale(),
                    range.assess(scenario, mapped.layout()));
        };
    }
}
