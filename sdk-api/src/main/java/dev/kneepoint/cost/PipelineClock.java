package dev.kneepoint.cost;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.Arrays;

/**
 * Runs the slots of all pipeline stages against each other: a slot starts when its stage is free and its message has
 * arrived. Times are picoseconds. Reusable and thread-confined; allocates only when a larger pipeline than before comes.
 */
public final class PipelineClock {
    private final boolean keepsBooks;
    private final SlotSequence slots = new SlotSequence();
    private long[] departure = {};
    private long[] arrival = {};
    private long[] free = {};
    private long[] carry = {};
    private long[] bubble = {};
    private long[] exposed = {};
    private long[] sending = {};
    private long[] awaited = {};
    private long[] drained = {};

    /** A clock that has not run. */
    public PipelineClock() {
        this(true);
    }

    /**
     * A clock that has not run.
     *
     * @param keepsBooks whether it says what stages waited for, and not only when they end and what they leave
     */
    PipelineClock(boolean keepsBooks) {
        this.keepsBooks = keepsBooks;
    }

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
        slots.start(schedule, stageCount, chunkCount, microBatchCount);
        prepare(stageCount);
        do {
            for (int i = 0; i < slots.size(); i++) {
                slot(i, exposure, times);
            }
        } while (slots.advance());
        long end = 0;
        for (int stage = 0; stage < stageCount; stage++) {
            end = Math.max(end, free[stage]);
        }
        for (int stage = 0; stage < stageCount; stage++) {
            awaitPeers(stage, end, end);
        }
        return end;
    }

    private void prepare(int p) {
        if (arrival.length < slots.outcomes()) {
            departure = new long[slots.outcomes()];
            arrival = new long[slots.outcomes()];
        }
        arrival[slots.nothing()] = 0;
        if (free.length < p) {
            free = new long[p];
            carry = new long[p];
            bubble = new long[p];
            exposed = new long[p];
            sending = new long[p];
            awaited = new long[p];
            drained = new long[p];
        }
        Arrays.fill(free, 0);
        Arrays.fill(carry, 0);
        Arrays.fill(bubble, 0);
        Arrays.fill(exposed, 0);
        Arrays.fill(sending, 0);
        Arrays.fill(awaited, 0);
        Arrays.fill(drained, 0);
    }

    private void slot(int slot, double exposure, SegmentTimes times) {
        int stage = slots.stage(slot);
        int message = slots.awaits(slot);
        if (keepsBooks || carry[stage] > 0) {
            awaitPeers(stage, departure[message], arrival[message]);
        } else {
            free[stage] = Math.max(free[stage], arrival[message]);
        }
        long start = free[stage];
        long end = start + times.run(stage, slots.chunk(slot), slots.kind(slot), carry[stage], start);
        free[stage] = end;
        carry[stage] = times.carry();
        int sent = slots.sends(slot);
        if (sent < 0) {
            arrival[~sent] = end;
        } else {
            send(stage, sent, exposure, times.sendHop());
        }
    }

    private void send(int stage, int message, double exposure, long picos) {
        long end = free[stage];
        long blocked = Picos.round(exposure * picos);
        departure[message] = end;
        arrival[message] = end + picos;
        free[stage] = end + blocked;
        if (keepsBooks) {
            exposed[stage] += blocked;
            sending[stage] += picos;
        }
        if (carry[stage] > 0) {
            drain(stage, blocked);
        }
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
        return arrival[slots.returned(microBatch)];
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
