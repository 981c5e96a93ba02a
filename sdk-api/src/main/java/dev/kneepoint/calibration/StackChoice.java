package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.SoftwareStack;
import java.util.List;

/**
 * The stack of a published run: a preset, and in which habits the run differs from it.
 *
 * @param preset the preset's name
 * @param variants the differences, applied in their order
 */
@Incubating
public record StackChoice(String preset, List<StackVariant> variants) {
    /** Copies the variants. */
    public StackChoice {
        variants = ImmutableList.copyOf(variants);
    }

    /**
     * The stack, with the constants of a set of profiles.
     *
     * @param profiles the set
     * @return the stack
     */
    public SoftwareStack in(ProfileSet profiles) {
        SoftwareStack stack = profiles.stack(preset);
        for (StackVariant v : variants) {
            stack = v.apply(stack, profiles);
        }
        return stack;
    }

    /** Whether two sets of profiles give the same stack, without making it. */
    boolean same(ProfileSet a, ProfileSet b) {
        boolean same = a.stack(preset).equals(b.stack(preset));
        for (StackVariant v : variants) {
            if (v instanceof StackVariant.TensorOverlapOf o) {
                same &= a.stack(o.other()).equals(b.stack(o.other()));
            }
        }
        return same;
    }
}
