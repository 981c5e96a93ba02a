package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.Arrays;
import java.util.Set;

/** Why a GPU's clocks are below the highest: the bits of {@code nvmlClocksEventReason...}. */
enum ThrottleReason {
    /** It has nothing to do. */
    GPU_IDLE(0x1),
    /** Somebody has set its clocks. */
    CLOCK_SETTING(0x2),
    /** Its power is at the limit that software sets. */
    SOFTWARE_POWER_CAP(0x4),
    /** Hardware has at least halved its clocks: heat, an external power brake or power drawn too quickly. */
    HARDWARE_SLOWDOWN(0x8),
    /** Other GPUs of its group are slower. */
    SYNC_BOOST(0x10),
    /** It or its memory is hotter than software lets it be. */
    SOFTWARE_THERMAL_SLOWDOWN(0x20),
    /** Hardware has at least halved its clocks, for heat. */
    HARDWARE_THERMAL_SLOWDOWN(0x40),
    /** Hardware has at least halved its clocks, for an external power brake, as of the power supply. */
    POWER_BRAKE(0x80),
    /** The setting of a display's clocks. */
    DISPLAY_CLOCK_SETTING(0x100),
    /** One that is newer than this list. */
    OTHER(0);

    private static final long KNOWN =
            Arrays.stream(values()).mapToLong(r -> r.bit).reduce(0, (x, y) -> x | y);

    private final long bit;

    ThrottleReason(long bit) {
        this.bit = bit;
    }

    /** The reasons of a mask; empty if the clocks are as high as they go. */
    static Set<ThrottleReason> of(long mask) {
        ImmutableSet.Builder<ThrottleReason> reasons = ImmutableSet.builder();
        for (ThrottleReason reason : values()) {
            if ((mask & reason.bit) != 0) {
                reasons.add(reason);
            }
        }
        if ((mask & ~KNOWN) != 0) {
            reasons.add(OTHER);
        }
        return Sets.immutableEnumSet(reasons.build());
    }
}
