package dev.kneepoint.cost;

/**
 * What is known of segments that start with a backlog of gradients: the latest estimate of each, and what every backlog
 * gives that is larger than it can drain. Times are picoseconds. Reusable and thread-confined.
 */
final class BackloggedTimes {
    private long[] saturatedDuration = {};
    private long[] saturatedDrain = {};
    private long[] saturatedGrowth = {};
    private long[] latestBacklog = {};
    private long[] latestDuration = {};
    private long[] latestCarry = {};
    private long carry;

    void resize(int slots) {
        saturatedDuration = new long[slots];
        saturatedDrain = new long[slots];
        saturatedGrowth = new long[slots];
        latestBacklog = new long[slots];
        latestDuration = new long[slots];
        latestCarry = new long[slots];
    }

    void forget(int slot) {
        saturatedDrain[slot] = Long.MAX_VALUE;
        latestBacklog[slot] = -1;
    }

    /** Duration of a segment that starts with a backlog, or -1 if it is not known. */
    long duration(int slot, long backlog) {
        if (backlog >= saturatedDrain[slot]) {
            carry = backlog + saturatedGrowth[slot];
            return saturatedDuration[slot];
        }
        if (backlog == latestBacklog[slot]) {
            carry = latestCarry[slot];
            return latestDuration[slot];
        }
        return -1;
    }

    /** Backlog that the segment of the latest known {@link #duration} left. */
    long carry() {
        return carry;
    }

    void note(int slot, long backlog, long stretched, long left, double drained) {
        latestBacklog[slot] = backlog;
        latestDuration[slot] = stretched;
        latestCarry[slot] = left;
        if (drained < backlog) {
            saturatedDuration[slot] = stretched;
            saturatedDrain[slot] = (long) Math.ceil(drained);
            saturatedGrowth[slot] = left - backlog;
        }
    }
}
