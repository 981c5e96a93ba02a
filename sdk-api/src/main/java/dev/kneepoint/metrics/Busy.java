package dev.kneepoint.metrics;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;
import java.util.SortedMap;

/**
 * Times that overlap, means over the ranks, in seconds per step.
 *
 * @param compute compute kernels running
 * @param communication at least one transfer running: the union over streams
 * @param byAxis transfers running, per communication axis ({@code tp}, {@code cp}, {@code ep}, {@code dp}, {@code pp})
 */
public record Busy(double compute, double communication, SortedMap<String, Double> byAxis) {
    /** Copies the map. */
    public Busy {
        byAxis = ImmutableSortedMap.copyOf(byAxis);
    }

    /**
     * Busy times from an unsorted map.
     *
     * @param compute see {@link #compute()}
     * @param communication see {@link #communication()}
     * @param byAxis see {@link #byAxis()}
     * @return the busy times
     */
    public static Busy of(double compute, double communication, Map<String, Double> byAxis) {
        return new Busy(compute, communication, ImmutableSortedMap.copyOf(byAxis));
    }
}
