package dev.kneepoint.profile;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Times of ops as probes measured them on the device itself, under one backend and in one number format. Where a curve
 * is here, it stands in place of the device profile's own; where none is, that one counts. A backend issues one kernel
 * per op, so an eager framework's kernel counts do not apply to them. Immutable.
 *
 * @param gapMicros device time between the end of a kernel and the start of the next one that was issued long before,
 *     microseconds
 * @param gapShared what one more busy rank of the node adds to the gap, relative: where ranks' own threads issue on the cores
 *     that compute
 * @param issueMicros host time to issue one op beside the device, microseconds; 0 if the rank's own thread computes
 * @param products matrix products; empty where tiles and waves ({@link GemmCurve}) describe them better
 * @param forward attention forward
 * @param backward attention backward
 * @param memory memory-bound kinds, and {@code optimizer}, by lower-case name
 * @param transfers collectives by label ({@code all-reduce} …) over their bus bytes, and {@code send} for a message
 *     between stages, from its sender's start to its receiver's end; inside a scale-up domain. What they share is counted
 *     per rank of the group beyond two
 * @since 0.2
 */
@Incubating
public record ProbedTimes(
        double gapMicros,
        double gapShared,
        double issueMicros,
        Optional<ProductCurve> products,
        Optional<CoreCurve> forward,
        Optional<CoreCurve> backward,
        SortedMap<String, StreamCurve> memory,
        SortedMap<String, StreamCurve> transfers) {
    /** Name of the optimizer among {@link #memory()}. */
    public static final String OPTIMIZER = "optimizer";

    /** Prefix of a collective of weights or gradients, which may have a curve of its own among {@link #transfers()}. */
    public static final String STATE = "state/";

    /** Name of a message between pipeline stages among {@link #transfers()}. */
    public static final String SEND = "send";

    private static final double MICRO = 1e-6;

    /** Checks the ranges and copies the maps. */
    public ProbedTimes {
        Checks.notNegative("gapMicros", gapMicros);
        Checks.notNegative("gapShared", gapShared);
        Checks.notNegative("issueMicros", issueMicros);
        memory = ImmutableSortedMap.copyOf(memory);
        transfers = ImmutableSortedMap.copyOf(transfers);
    }

    /**
     * Time between kernels.
     *
     * @param busy ranks of the node that are busy at once, at least 1
     * @return seconds
     */
    public double gapSeconds(double busy) {
        return gapMicros * MICRO * (1 + gapShared * (busy - 1));
    }
}
