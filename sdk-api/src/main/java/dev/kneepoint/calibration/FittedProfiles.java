package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.ProfileSet;
import java.util.List;

/**
 * Profiles fitted to measured runs. Immutable.
 *
 * @param profiles the profiles
 * @param constants the fitted constants, in the order of their list
 * @param confounded pairs that the rows cannot tell apart (correlation above 0.8), as sentences
 */
@Incubating
public record FittedProfiles(ProfileSet profiles, List<ConstantEstimate> constants, List<String> confounded) {
    /** Copies the lists. */
    public FittedProfiles {
        constants = ImmutableList.copyOf(constants);
        confounded = ImmutableList.copyOf(confounded);
    }
}
