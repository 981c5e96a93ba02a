package dev.kneepoint.plan;

import java.util.Locale;

/** Collective operations, with the definitions of nccl-tests. */
public enum CollectiveKind {
    /** Every rank ends with the sum of all buffers; bytes are those of one buffer. */
    ALL_REDUCE,
    /** Every rank ends with all shards; bytes are those of the gathered whole. */
    ALL_GATHER,
    /** Every rank ends with its shard of the sum; bytes are those of the unsharded input. */
    REDUCE_SCATTER,
    /** Every rank sends a part to every other; bytes are those that one rank holds. */
    ALL_TO_ALL,
    /** One rank's buffer reaches all; bytes are those of the buffer. */
    BROADCAST;

    /**
     * The name in files.
     *
     * @return lower-case name with dashes, for example {@code all-gather}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Bus bytes of a call: what the busiest link carries (nccl-tests, PERFORMANCE.md).
     *
     * @param bytes bytes as this kind counts them
     * @param ranks ranks of the group
     * @return {@code 2(n-1)/n*S} for all-reduce, {@code S} for broadcast, {@code (n-1)/n*S} otherwise
     */
    public double busBytes(double bytes, double ranks) {
        return switch (this) {
            case ALL_REDUCE -> 2 * (ranks - 1) / ranks * bytes;
            case BROADCAST -> ranks > 1 ? bytes : 0;
            case ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL -> (ranks - 1) / ranks * bytes;
        };
    }
}
