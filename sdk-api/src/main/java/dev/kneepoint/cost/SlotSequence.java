package dev.kneepoint.cost;

import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.SlotOrder;
import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.Arrays;

/**
 * The slots of all pipeline stages, each after the slot whose message it awaits. The sequence depends on the schedule
 * and its sizes alone, so a short one is listed once and kept; a long one is listed part by part, so that memory stays
 * bounded. What slots send is numbered through as <em>outcomes</em>. Reusable and thread-confined.
 */
final class SlotSequence {
    private static final int MOST_LISTED = 1 << 16;
    private static final int COLUMNS = 4;
    private static final int KIND_BITS = 3;
    private static final int KIND_MASK = (1 << KIND_BITS) - 1;
    private static final SegmentKind[] KINDS = SegmentKind.values();

    private PipelineScheduleKind schedule = PipelineScheduleKind.ONE_F_ONE_B;
    private int stages;
    private int chunks;
    private int microBatches;
    private int messages;

    private SlotOrder[] orders = {};
    private int[] next = {};
    private boolean[] sent = {};
    private int polled;
    private int left;

    /** Stage, segment, what the slot awaits and what it sends, side by side: slots are read one after the other. */
    private int[] listed = {};

    private int size;
    private boolean whole;

    /** Chooses schedule and sizes; the first part is listed. */
    void start(PipelineScheduleKind kind, int p, int v, int m) {
        if (whole && schedule == kind && stages == p && chunks == v && microBatches == m) {
            return;
        }
        schedule = kind;
        stages = p;
        chunks = v;
        microBatches = m;
        messages = Math.multiplyExact(p * v, m);
        orders = new SlotOrder[p];
        Arrays.setAll(orders, s -> new SlotOrder(kind, s, p, v, m));
        next = new int[p];
        if (sent.length < outcomes()) {
            sent = new boolean[outcomes()];
        }
        Arrays.fill(sent, false);
        sent[nothing()] = true;
        polled = 0;
        left = Math.multiplyExact(orders[0].slots(), p);
        list();
        whole = left == 0;
    }

    /** Lists the part after the current one; says whether there was any. */
    boolean advance() {
        if (left == 0) {
            return false;
        }
        list();
        return true;
    }

    private void list() {
        int room = Math.min(left, MOST_LISTED);
        if (listed.length < room * COLUMNS) {
            listed = new int[room * COLUMNS];
        }
        size = 0;
        int idle = 0;
        while (size < room) {
            if (next[polled] < orders[polled].slots() && add(orders[polled])) {
                idle = 0;
            } else {
                polled = polled + 1 == stages ? 0 : polled + 1;
                if (++idle > stages) {
                    throw new IllegalStateException("pipeline schedule " + schedule.label() + " deadlocks with "
                            + stages + " stages, " + chunks + " chunks and " + microBatches + " micro-batches");
                }
            }
        }
        left -= size;
    }

    /** Adds the next slot of a stage if its message has been sent; says whether it has. */
    private boolean add(SlotOrder order) {
        long code = order.code(next[order.stage()]);
        int pass = SlotOrder.passOf(code);
        int microBatch = SlotOrder.microBatchOf(code);
        int global = SlotOrder.chunkOf(code) * stages + order.stage();
        int last = stages * chunks - 1;
        int from = nothing();
        int to = ~nobody();
        if (pass == 0) {
            from = global > 0 ? forward(global, microBatch) : from;
            to = global < last ? forward(global + 1, microBatch) : to;
        } else if (pass == 1) {
            from = global < last ? backward(global, microBatch) : from;
            to = global > 0 ? backward(global - 1, microBatch) : ~returned(microBatch);
        }
        if (!sent[from]) {
            return false;
        }
        sent[to < 0 ? ~to : to] = true;
        int slot = size++ * COLUMNS;
        listed[slot] = order.stage();
        listed[slot + 1] =
                SlotOrder.chunkOf(code) << KIND_BITS | order.kindOf(code).ordinal();
        listed[slot + 2] = from;
        listed[slot + 3] = to;
        next[order.stage()]++;
        return true;
    }

    private int forward(int global, int microBatch) {
        return global * microBatches + microBatch;
    }

    private int backward(int global, int microBatch) {
        return messages + global * microBatches + microBatch;
    }

    /** The outcome that is there from the start: what slots await that need no message. */
    int nothing() {
        return 2 * messages;
    }

    /** The outcome that nobody asks for. */
    private int nobody() {
        return 2 * messages + 1;
    }

    /** The outcome that a micro-batch has come back to the first chunk. */
    int returned(int microBatch) {
        return 2 * messages + 2 + microBatch;
    }

    /** How many outcomes there are. */
    int outcomes() {
        return 2 * messages + 2 + microBatches;
    }

    /** Slots of the current part. */
    int size() {
        return size;
    }

    int stage(int slot) {
        return listed[slot * COLUMNS];
    }

    int chunk(int slot) {
        return listed[slot * COLUMNS + 1] >>> KIND_BITS;
    }

    SegmentKind kind(int slot) {
        return KINDS[listed[slot * COLUMNS + 1] & KIND_MASK];
    }

    /** The outcome that the slot needs. */
    int awaits(int slot) {
        return listed[slot * COLUMNS + 2];
    }

    /** The message that the slot sends, or the complement of its outcome if it sends none. */
    int sends(int slot) {
        return listed[slot * COLUMNS + 3];
    }
}
