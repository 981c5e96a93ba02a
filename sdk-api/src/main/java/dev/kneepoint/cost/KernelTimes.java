package dev.kneepoint.cost;

import dev.kneepoint.annotation.Incubating;

/** How long the kernels of a segment take on a device that somebody has measured. */
@Incubating
@FunctionalInterface
public interface KernelTimes {
    /** What the profiles say. */
    KernelTimes OF_PROFILES = (op, simulated) -> simulated;

    /**
     * An op's time alone on a device of mean speed.
     *
     * @param op its name
     * @param simulated what the profiles say, seconds
     * @return seconds, at least 0
     */
    double seconds(String op, double simulated);
}
