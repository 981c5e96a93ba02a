package dev.kneepoint.metrics;

import java.util.Locale;

/** How a figure came about. */
public enum Provenance {
    /** Run on the hardware it speaks of. */
    MEASURED,
    /** Computed in virtual time from profiles. */
    SIMULATED,
    /** Multiplied out from a smaller run. */
    EXTRAPOLATED,
    /** Measured compute with simulated communication. */
    MIXED;

    /**
     * The name in files.
     *
     * @return lower-case name
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
