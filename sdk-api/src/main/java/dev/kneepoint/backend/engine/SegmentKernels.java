package dev.kneepoint.backend.engine;

import dev.kneepoint.cost.KernelTimes;
import dev.kneepoint.plan.SegmentKind;
import java.util.HashMap;
import java.util.Map;

/** Mean times of a rank's compute ops in a step, by segment and name. Confined to the rank's thread while it is filled. */
final class SegmentKernels {
    private static final double NANO = 1e-9;

    private record Key(SegmentKind kind, int chunk, String op) {}

    private static final class Sum {
        private long nanos;
        private int count;
    }

    private final Map<Key, Sum> sums = new HashMap<>();

    /** Notes that an op of a segment ran once. */
    void ran(SegmentKind kind, int chunk, String op, long nanos) {
        Sum sum = sums.computeIfAbsent(new Key(kind, chunk, op), k -> new Sum());
        sum.nanos += nanos;
        sum.count++;
    }

    /** The times of a segment; an op that did no work on the device takes what the profiles say. */
    KernelTimes times(SegmentKind kind, int chunk) {
        return (op, simulated) -> {
            Sum sum = sums.get(new Key(kind, chunk, op));
            return sum == null ? simulated : NANO * sum.nanos / sum.count;
        };
    }
}
