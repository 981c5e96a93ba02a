package dev.kneepoint.calibration.probe;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.units.Checks;
import java.util.List;

/**
 * How to check a profile. Immutable.
 *
 * @param machine the profile that predicts
 * @param base what the machine was taken for before its calibration: plans that run carry this profile, so that no backend
 *     can look at the one that predicts
 * @param plans the plans, at least one
 * @param rounds how often each is run, 1 to 1,000; plans take turns, so that a machine whose speed drifts does it to all
 * @param progress hears how far it has come
 * @param cancellation asks it to stop
 * @since 0.2
 */
@Incubating
public record SelfCheckRequest(
        MachineProfile machine,
        MachineProfile base,
        List<DrawnPlan> plans,
        int rounds,
        ProgressListener progress,
        CancellationToken cancellation) {
    private static final int MOST_ROUNDS = 1000;

    /** Checks the ranges and copies the plans. */
    public SelfCheckRequest {
        plans = ImmutableList.copyOf(plans);
        if (plans.isEmpty()) {
            throw new IllegalArgumentException("a self-check needs at least one plan");
        }
        Checks.range("rounds", rounds, 1, MOST_ROUNDS);
    }
}
