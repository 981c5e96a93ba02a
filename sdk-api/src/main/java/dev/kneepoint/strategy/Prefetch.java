package dev.kneepoint.strategy;

import java.util.Locale;

/** When sharded data parallelism gathers the weights of the next unit. */
public enum Prefetch {
    /** Before the current unit computes, so that the gather runs beside it. The default. */
    PRE,
    /** In the backward pass only after the current unit's gradients are queued; in the forward pass as {@link #PRE}. */
    POST,
    /** Only when the unit is needed: every gather is exposed. */
    NONE;

    /**
     * The name on the command line and in files.
     *
     * @return lower-case name
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
