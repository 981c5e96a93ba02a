package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.ProfileSet;
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
     * @param stack how the scenario's stack was chosen
     */
    record Mapped(Scenario scenario, Layout layout, double batchScale, StackChoice stack) implements Mapping {
        /**
         * What ran on what, with the constants of other profiles.
         *
         * @param profiles the profiles
         * @return the scenario
         */
        @Incubating
        public Scenario scenario(ProfileSet profiles) {
            return new Scenario(
                    scenario.workload(), scenario.cluster(), profiles.hardware(scenario.cluster()), stack.in(profiles));
        }
    }

    /**
     * It cannot.
     *
     * @param reason why, the same words for the same cause
     */
    record Skipped(String reason) implements Mapping {}
}
