package dev.kneepoint.profile;

import dev.kneepoint.annotation.Incubating;
import java.util.Locale;

/** How data-parallel ranks share what each has updated of a sharded optimizer's weights (ZeRO-1 and 2). */
@Incubating
public enum UpdateSharing {
    /** Gathered layer by layer under the next forward pass. */
    PREFETCHED,
    /** Gathered after the step in one call, before the next one begins. */
    GATHERED,
    /** Broadcast after the step, one owner after the other. */
    BROADCAST;

    /**
     * The name in files.
     *
     * @return lower-case name
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
