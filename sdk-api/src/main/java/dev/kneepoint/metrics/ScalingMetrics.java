package dev.kneepoint.metrics;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.plan.MemoryUse;
import dev.kneepoint.units.Seconds;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * The uniform metrics of one configuration on one backend. Immutable. A metric that a backend cannot know is absent,
 * never zero.
 *
 * @param devices devices of the run
 * @param step step times over the measured steps
 * @param meanParts classes of time, mean over the ranks; they add up to the step time
 * @param criticalParts classes of time of the critical rank: the slowest device of the busiest stage
 * @param busy overlapping busy times
 * @param tokensPerSecond tokens per second over all devices
 * @param utilization MFU, HFU and what they are relative to; empty if the device's peak is unknown
 * @param energy power and energy; empty if the backend cannot know it
 * @param usdPerMillionTokens device cost of a million tokens; empty without a price
 * @param memory peak memory; empty if unknown
 * @param provenance how the figures came about
 * @param flags what a reader must know, for example {@code oversubscribed}; sorted
 * @param origin backend, device, driver, profile and the like, by name
 */
public record ScalingMetrics(
        int devices,
        StepTimes step,
        TimeParts meanParts,
        TimeParts criticalParts,
        Busy busy,
        double tokensPerSecond,
        Optional<Utilization> utilization,
        Optional<Energy> energy,
        Optional<Double> usdPerMillionTokens,
        Optional<MemoryUse> memory,
        Provenance provenance,
        SortedSet<String> flags,
        SortedMap<String, String> origin) {
    /** Copies the collections. */
    public ScalingMetrics {
        flags = ImmutableSortedSet.copyOf(flags);
        origin = ImmutableSortedMap.copyOf(origin);
    }

    /**
     * Tokens per second and device.
     *
     * @return global rate over all devices of the run
     */
    public double tokensPerSecondPerDevice() {
        return tokensPerSecond / devices;
    }

    /**
     * The median step time.
     *
     * @return the step time that every other metric is derived from
     */
    public Seconds stepTime() {
        return step.median();
    }
}
