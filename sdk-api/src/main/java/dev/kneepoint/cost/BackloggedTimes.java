package dev.kneepoint.cost;

import java.util.Arrays;

/**
 * What is known of segments that start with a backlog of gradients: every estimate that was made, since pipelines meet the
 * same backlogs again and again, and what every backlog gives that is larger than a segment can drain. Times are
 * picoseconds. Reusable and thread-confined.
 */
final class BackloggedTimes {
    /** Estimates that are kept; with more, all are forgotten. */
    private static final int MOST = 1 << 16;

    private long[] saturatedDuration = {};
    private long[] saturatedDrain = {};
    private long[] saturatedGrowth = {};
    private final LongIndex estimates = new LongIndex();
    private long[] duration = new long[64];
    private long[] left = new long[64];
    private long carry;

    void grow(int slots) {
        saturatedDuration = Arrays.copyOf(saturatedDuration, slots);
        saturatedDrain = Arrays.copyOf(saturatedDrain, slots);
        saturatedGrowth = Arrays.copyOf(saturatedGrowth, slots);
    }

    /** Nothing is known any more. */
    void clear() {
        estimates.clear();
    }

    /** A segment was added of which nothing is known. */
    void added(int slot) {
        saturatedDrain[slot] = Long.MAX_VALUE;
    }

    /** Duration of a segment that starts with a backlog, or -1 if it is not known. */
    long duration(int slot, long backlog) {
        if (backlog >= saturatedDrain[slot]) {
            carry = backlog + saturatedGrowth[slot];
            return saturatedDuration[slot];
        }
        int known = estimates.find(backlog, slot);
        if (known < 0) {
            return -1;
        }
        carry = left[known];
        return duration[known];
    }

    /** Backlog that the segment of the latest known {@link #duration} left. */
    long carry() {
        return carry;
    }

    void note(int slot, long backlog, long stretched, long leaves, double drained) {
        if (drained < backlog) {
            saturatedDuration[slot] = stretched;
            saturatedDrain[slot] = (long) Math.ceil(drained);
            saturatedGrowth[slot] = leaves - backlog;
            return;
        }
        if (estimates.size() == MOST) {
            estimates.clear();
        }
        int known = estimates.add(backlog, slot);
        if (known == duration.length) {
            duration = Arrays.copyOf(duration, 2 * known);
            left = Arrays.copyOf(left, 2 * known);
        }
        duration[known] = stretched;
        left[known] = leaves;
    }
}
