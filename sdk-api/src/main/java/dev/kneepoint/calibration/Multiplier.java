package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import java.util.Locale;

/** A group of constants that a calibration moves together, because a few measured steps cannot tell them apart. */
@Incubating
public enum Multiplier {
    /** Time of all kernels: matrix products, attention and memory-bound work. */
    COMPUTE,
    /** Time of all collectives: their rates and their latencies. */
    COMMUNICATION,
    /** Time that the host takes: launches, issue of collectives, and what a step costs in any case. */
    HOST;

    /**
     * The name in files and tables.
     *
     * @return lower-case name
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
