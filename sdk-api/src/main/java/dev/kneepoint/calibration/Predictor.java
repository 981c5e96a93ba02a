package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cost.StepCost;

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
        return (m, mapped) -> Prediction.of(
                new StepCost(mapped.scenario()).seconds(mapped.layout()) * mapped.batchScale(),
                range.assess(mapped.scenario(), mapped.layout()));
    }
}
