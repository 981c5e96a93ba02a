package dev.kneepoint.cost;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The lowered segments of one shape by what they do, and what is known of each: its duration, the backlog of gradients
 * that it leaves, and both for a segment that starts with a backlog. Times are picoseconds. Reusable and thread-confined.
 */
final class SegmentTable {
    /** Segments that are kept; a shape seldom has so many. */
    private static final int MOST = 1 << 13;

    private final LayoutOps ops;
    private final SegmentEstimate estimate;
    private final BackloggedTimes backlogged = new BackloggedTimes();
    private final Map<Traffic, Integer> traffics = new HashMap<>();
    private final LongIndex slots = new LongIndex();
    private long missing;
    private int missingTraffic;
    private int[] firstBlock = {};
    private int[] lastBlock = {};
    private long[] duration = {};
    private long[] work = {};
    private long[] left = {};
    private long[] hop = {};
    private long carry;

    private record Traffic(long bits, double callsPerByte) {}

    SegmentTable(LayoutOps ops, Contention contention) {
        this.ops = ops;
        this.estimate = new SegmentEstimate(contention);
    }

    /** Forgets all segments: another shape follows. */
    void clear() {
        ops.clear();
        slots.clear();
        traffics.clear();
        backlogged.clear();
    }

    /** Forgets all segments if they are too many. */
    void trim() {
        if (slots.size() > MOST) {
            clear();
        }
    }

    /** A number, at least 1, that stands for what data-parallel ranks send. */
    int traffic(long bits, double callsPerByte) {
        return traffics.computeIfAbsent(new Traffic(bits, callsPerByte), t -> traffics.size() + 1);
    }

    /**
     * The slot of a segment, or -1: then {@link #add} must follow.
     *
     * @param kind ordinal of its kind
     * @param place what else its ops depend on, less than 8
     * @param layers its layers
     * @param dense those without experts
     * @param traffic what it sends, 0 for nothing
     */
    int find(int kind, int place, int layers, int dense, int traffic) {
        missing = (((long) layers << Integer.SIZE | dense) << 3 | place) << 3 | kind;
        missingTraffic = traffic;
        return slots.find(missing, traffic);
    }

    /** Adds the segment that the latest {@link #find} missed; returns its slot. */
    int add(int fromBlock, int toBlock, long sendHop) {
        int slot = slots.add(missing, missingTraffic);
        if (slot == firstBlock.length) {
            grow(Math.max(64, 2 * slot));
        }
        firstBlock[slot] = fromBlock;
        lastBlock[slot] = toBlock;
        duration[slot] = -1;
        work[slot] = -1;
        hop[slot] = sendHop;
        backlogged.added(slot);
        return slot;
    }

    private void grow(int length) {
        firstBlock = Arrays.copyOf(firstBlock, length);
        lastBlock = Arrays.copyOf(lastBlock, length);
        duration = Arrays.copyOf(duration, length);
        work = Arrays.copyOf(work, length);
        left = Arrays.copyOf(left, length);
        hop = Arrays.copyOf(hop, length);
        backlogged.grow(length);
    }

    /** Duration of a segment that starts without a backlog. */
    long duration(int slot) {
        if (duration[slot] < 0) {
            duration[slot] = Picos.round(estimate.run(ops, firstBlock[slot], lastBlock[slot], 0));
            left[slot] = Picos.round(estimate.carry());
        }
        return duration[slot];
    }

    /** Backlog that a segment leaves whose {@link #duration} is known. */
    long left(int slot) {
        return left[slot];
    }

    /** Transfer time of the message that a segment ends with. */
    long hop(int slot) {
        return hop[slot];
    }

    /** Time of a segment that no layout of this shape avoids. */
    long work(int slot) {
        if (work[slot] < 0) {
            work[slot] = UnavoidableWork.of(ops, firstBlock[slot], lastBlock[slot]);
        }
        return work[slot];
    }

    /** Duration of a segment that starts with a backlog of gradients. */
    long stretched(int slot, long backlog) {
        long alone = duration(slot);
        if (backlog == 0) {
            carry = left[slot];
            return alone;
        }
        long stretched = backlogged.duration(slot, backlog);
        if (stretched >= 0) {
            carry = backlogged.carry();
            return stretched;
        }
        stretched = Picos.round(estimate.run(ops, firstBlock[slot], lastBlock[slot], backlog));
        carry = Picos.round(estimate.carry());
        backlogged.note(slot, backlog, stretched, carry, estimate.drained());
        return stretched;
    }

    /** Backlog that the segment of the latest call of {@link #stretched} left. */
    long carry() {
        return carry;
    }
}
