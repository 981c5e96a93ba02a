package dev.kneepoint.metrics;

import java.util.Locale;

/** The class of an instant of a rank: the first that matches, in this order. */
public enum TimeClass {
    /** A compute kernel runs. */
    COMPUTE,
    /** A transfer is in progress with all its peers arrived, and no compute kernel runs beside it. */
    EXPOSED_COMMUNICATION,
    /** The rank waits for a pipeline peer. */
    BUBBLE,
    /** A collective is posted and a peer is late. */
    STRAGGLER,
    /** The host has not issued the next operation yet. */
    LAUNCH,
    /** None of these. */
    IDLE;

    /**
     * The name in files.
     *
     * @return lower-case name
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
