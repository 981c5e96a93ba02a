package dev.kneepoint.calibration;

import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;

/** What a measurement's configuration is in our terms. */
public sealed interface Mapping {
    /**
     * It can be predicted.
     *
     * @param scenario what ran on what
     * @param layout how
     * @param batchScale global batch of the row over that of the layout, where the batch had to be rounded
     */
    record Mapped(Scenario scenario, Layout layout, double batchScale) implements Mapping {}

    /**
     * It cannot.
     *
     * @param reason why, the same words for the same cause
     */
    record Skipped(String reason) implements Mapping {}
}
