package dev.kneepoint.metrics;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;
import java.util.SortedMap;

/**
 * Times that overlap, means over the ranks, in seconds per step.
 *
 * @param compute compute kernels running
 * @param communication at least one transfer running: the union over streams
 * @param byAxis transfers running, per communication axis ({@code tp}, {@code cp}, {@code ep}, {@code dp}, {@code pp});
 *     of messages between stages only what the rank sends
 * @param bytesByAxis bytes that a rank sends in a step, per axis: bus bytes, so that divided by the time they are the
 *     bus bandwidth of nccl-tests; empty if not counted
 */
public record Busy(
        double compute, double communication, SortedMap<String, Double> byAxis, SortedMap<String, Double> bytesByAxis) {
    /** Copies the maps. */
    public Busy {
        byAxis = ImmutableSortedMap.copyOf(byAxis);
        bytesByAxis = ImmutableSortedMap.copyOf(bytesByAxis);
    }

    /**
     * Busy times from unsorted maps.
     *
     * @param compute see {@link #compute()}
     * @param communication see {@link #communication()}
     * @param byAxis see {@link #byAxis()}
     * @param bytesByAxis see {@link #bytesByAxis()}
     * @return the busy times
     */
    public static Busy of(
            double compute, double communication, Map<String, Double> byAxis, Map<String, Double> bytesByAxis) {
        return new Busy(
                compute, communication, ImmutableSortedMap.copyOf(byAxis), ImmutableSortedMap.copyOf(bytesByAxis));
    }
}
