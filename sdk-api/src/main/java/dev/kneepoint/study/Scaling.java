package dev.kneepoint.study;

import java.util.Locale;

/** What stays fixed while devices are added. */
public enum Scaling {
    /** The global batch. */
    STRONG,
    /** The batch per device. */
    WEAK;

    /**
     * The name on the command line and in files.
     *
     * @return lower-case name
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
