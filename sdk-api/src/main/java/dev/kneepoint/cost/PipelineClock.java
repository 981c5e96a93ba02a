package dev.kneepoint.cost;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.SlotOrder;
import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs the slots of all pipeline stages against each other: a slot starts when its stage is free and its message has
 * arrived. Times are picoseconds. Reusable and thread-confined; allocates only when a larger pipeline than before comes.
 */
public final class PipelineClock {
    private static final long UNKNOWN = -1;
    private static final int MOST_LISTED = 1 << 16;

    private @Nullable SlotOrder[] orders = {};
    private long[] forwardArrival = {};
    private long[] backwardArrival = {};
    private long[] hop = {};
    private long[] roundTrip = {};
    private int[] next = {};
    private long[] codes = {};
    private int listed;
    private long[] free = {};
    private long[] carry = {};
    private long[] bubble = {};
    private long[] exposed = {};
    private long[] sending = {};
    private long[] awaited = {};
    private long[] drained = {};
    private int stages;
    private int chunks;
    private int microBatches;

    /** A clock that has not run. */
    public PipelineClock() {}

    /**
     * Runs one step up to the optimizer.
     *
     * @param schedule the schedule
     * @param stageCount stages
     * @param chunkCount chunks per stage
     * @param microBatchCount micro-batches
     * @param exposure share of a stage hop that blocks its sender
     * @param times durations of segments
     * @return when the last stage has ended its slots
     */
    public long run(
            PipelineScheduleKind schedule,
            int stageCount,
            int chunkCount,
            int microBatchCount,
            double exposure,
            SegmentTimes times) {
        prepare(schedule, stageCount, chunkCount, microBatchCount);
        int slots = order(0).slots();
        int left = slots * stages;
        while (left > 0) {
            int before = left;
            for (int stage = 0; stage < stages; stage++) {
                while (next[stage] < slots && slot(stage, exposure, times)) {
                    left--;
                }
            }
            if (left == before) {
                throw new IllegalStateException("pipeline schedule " + schedule.label() + " deadlocks with " + stages
                        + " stages, " + chunks + " chunks and " + microBatches + " micro-batches");
            }
        }
        long end = 0;
        for (int stage = 0; stage < stages; stage++) {
            end = Math.max(end, free[stage]);
        }
        for (int stage = 0; stage < stages; stage++) {
            awaitPeers(stage, end, end);
        }
        return end;
    }

    private SlotOrder order(int stage) {
        return Objects.requireNonNull(orders[stage]);
    }

    private void prepare(PipelineScheduleKind schedule, int p, int v, int m) {
        stages = p;
        chunks = v;
        microBatches = m;
        int messages = Math.multiplyExact(p * v, m);
        if (forwardArrival.length < messages) {
            forwardArrival = new long[messages];
            backwardArrival = new long[messages];
            hop = new long[messages];
            roundTrip = new long[messages];
        }
        if (next.length < p) {
            next = new int[p];
            free = new long[p];
            carry = new long[p];
            bubble = new long[p];
            exposed = new long[p];
            sending = new long[p];
            awaited = new long[p];
            drained = new long[p];
            orders = Arrays.copyOf(orders, p);
        }
        boolean same = true;
        for (int stage = 0; stage < p; stage++) {
            SlotOrder known = orders[stage];
            if (known == null
                    || known.schedule() != schedule
                    || known.stages() != p
                    || known.chunks() != v
                    || known.microBatches() != m) {
                orders[stage] = new SlotOrder(schedule, stage, p, v, m);
                same = false;
            }
        }
        if (!same || listed == 0) {
            list();
        }
        Arrays.fill(forwardArrival, 0, messages, UNKNOWN);
        Arrays.fill(backwardArrival, 0, messages, UNKNOWN);
        Arrays.fill(next, 0);
        Arrays.fill(free, 0);
        Arrays.fill(carry, 0);
        Arrays.fill(bubble, 0);
        Arrays.fill(exposed, 0);
        Arrays.fill(sending, 0);
        Arrays.fill(awaited, 0);
        Arrays.fill(drained, 0);
    }

    /** Short orders are listed once, long ones asked for slot by slot, so that memory stays bounded. */
    private void list() {
        int slots = order(0).slots();
        listed = Math.min(slots, MOST_LISTED / stages);
        if (codes.length < listed * stages) {
            codes = new long[listed * stages];
        }
        for (int stage = 0; stage < stages; stage++) {
            for (int slot = 0; slot < listed; slot++) {
                codes[stage * listed + slot] = order(stage).code(slot);
            }
        }
    }

    /** Runs the stage's next slot if its message is on its way; says whether it did. */
    private boolean slot(int stage, double exposure, SegmentTimes times) {
        int index = next[stage];
        long slot =
                index < listed ? codes[stage * listed + index] : order(stage).code(index);
        int chunk = SlotOrder.chunkOf(slot);
        int mb = SlotOrder.microBatchOf(slot);
        int pass = SlotOrder.passOf(slot);
        int global = chunk * stages + stage;
        int last = stages * chunks - 1;
        int message = global * microBatches + mb;
        boolean receives = pass == 0 ? global > 0 : pass == 1 && global < last;
        if (receives) {
            long arrival = pass == 0 ? forwardArrival[message] : backwardArrival[message];
            if (arrival == UNKNOWN) {
                return false;
            }
            awaitPeers(stage, arrival - hop[message], arrival);
        }
        SegmentKind kind = order(stage).kindOf(slot);
        free[stage] += times.run(stage, chunk, kind, carry[stage], free[stage]);
        carry[stage] = times.carry();
        if (pass == 1 && global == 0) {
            roundTrip[mb] = free[0];
        }
        boolean sends = pass == 0 ? global < last : pass == 1 && global > 0;
        if (sends) {
            send(stage, pass, pass == 0 ? message + microBatches : message - microBatches, exposure, times.sendHop());
        }
        next[stage]++;
        return true;
    }

    private void send(int stage, int pass, int message, double exposure, long picos) {
        hop[message] = picos;
        (pass == 0 ? forwardArrival : backwardArrival)[message] = free[stage] + picos;
        long blocked = Math.round(exposure * picos);
        exposed[stage] += blocked;
        sending[stage] += picos;
        free[stage] += blocked;
        drain(stage, blocked);
    }

    /** Lets the gradient backlog drain for a while between slots; returns for how long it did. */
    private long drain(int stage, long picos) {
        long draining = Math.min(picos, carry[stage]);
        carry[stage] -= draining;
        drained[stage] += draining;
        return draining;
    }

    /** Waits for a message under way since {@code departure}: a transfer in progress is exposed, the rest a bubble. */
    private void awaitPeers(int stage, long departure, long arrival) {
        long wait = arrival - free[stage];
        if (wait <= 0) {
            return;
        }
        long draining = drain(stage, wait);
        long flight = Math.max(0, arrival - Math.max(departure, free[stage] + draining));
        exposed[stage] += draining + flight;
        awaited[stage] += draining + flight;
        bubble[stage] += wait - draining - flight;
        free[stage] = arrival;
    }

    /**
     * When the first chunk ended the backward pass of a micro-batch.
     *
     * @param microBatch the micro-batch
     * @return picoseconds since the start of the step
     */
    long roundTrip(int microBatch) {
        return roundTrip[microBatch];
    }

    /**
     * Gradient backlog of a stage when all slots have ended.
     *
     * @param stage the stage
     * @return picoseconds alone on the machine
     */
    public long carry(int stage) {
        return carry[stage];
    }

    /**
     * Time that a stage waited for peers.
     *
     * @param stage the stage
     * @return picoseconds
     */
    public long bubble(int stage) {
        return bubble[stage];
    }

    /**
     * Time that a stage waited for transfers between slots.
     *
     * @param stage the stage
     * @return picoseconds
     */
    public long exposed(int stage) {
        return exposed[stage];
    }

    /**
     * Transfer time of all messages that a stage sent.
     *
     * @param stage the stage
     * @return picoseconds
     */
    public long sending(int stage) {
        return sending[stage];
    }

    /**
     * Time that a stage waited for transfers that were under way, its own sends left out.
     *
     * @param stage the stage
     * @return picoseconds, part of {@link #exposed}
     */
    @Incubating
    public long awaited(int stage) {
        return awaited[stage];
    }

    /**
     * Gradient transfer that a stage did between slots.
     *
     * @param stage the stage
     * @return picoseconds alone on the machine
     */
    @Incubating
    public long drained(int stage) {
        return drained[stage];
    }
}
