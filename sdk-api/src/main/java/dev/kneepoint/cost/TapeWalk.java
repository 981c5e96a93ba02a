package dev.kneepoint.cost;

import java.util.Arrays;

/**
 * Walks a {@link SlotTape} with the arithmetic of {@link PipelineClock}. A walk that finds itself at a checkpoint where
 * the base walk was, only earlier or later by the same time everywhere, goes on like that one and skips to the tail.
 * Times are picoseconds. Reusable and thread-confined.
 */
final class TapeWalk {
    private final SharedSegments segments;
    private int stages;
    private long[] times = {};
    private long[] leaves = {};
    private long hop;
    private long blocked;
    private boolean burdened;

    private long[] free = {};
    private long[] carry = {};
    private long[] arrival = {};
    private long end;
    private long periodStart;
    private long periodEnd;
    private long[] started = {};
    private long[] ended = {};
    private boolean joined;
    private boolean repeats;

    TapeWalk(SharedSegments segments) {
        this.segments = segments;
    }

    /** Where the base walk was at the checkpoints and at the tail. */
    static final class Base {
        private final SlotTape tape;
        private final long[][] at;
        private long periodStart;
        private long periodEnd;
        private boolean settled;

        private Base(SlotTape tape, int stages) {
            this.tape = tape;
            at = new long[tape.checkpoints() + 1][];
            for (int i = 0; i < at.length; i++) {
                at[i] = new long[stages + tape.messages(i).length];
            }
        }
    }

    /** When the last stage has ended its slots. */
    long end() {
        return end;
    }

    /** Backlogs of the stages at the end. */
    long[] carry() {
        return carry;
    }

    /** How long the round that shows what a micro-batch adds took. */
    long round() {
        return periodEnd - periodStart;
    }

    /** Whether further micro-batches, as many as there are stages, would take a {@link #round} longer to the last picosecond. */
    boolean repeats() {
        return repeats;
    }

    /** What the slots of the next walks take, by segment as {@link SharedSegments#fill} writes it. */
    void take(int stageCount, long[] durations, long[] backlogs, long transfer, long exposed) {
        stages = stageCount;
        times = durations;
        leaves = backlogs;
        hop = transfer;
        blocked = exposed;
    }

    private void start(SlotTape tape, boolean withTraffic) {
        burdened = withTraffic;
        if (free.length < stages) {
            free = new long[stages];
            carry = new long[stages];
        }
        if (arrival.length < tape.places()) {
            arrival = new long[tape.places()];
        }
        Arrays.fill(free, 0);
        Arrays.fill(carry, 0);
        arrival[0] = 0;
        periodStart = 0;
        periodEnd = 0;
    }

    /** Walks without traffic of data-parallel ranks up to the tail, and notes where it was. */
    Base base(SlotTape tape, long[] durations) {
        Base base = new Base(tape, stages);
        start(tape, false);
        long[] burdenedTimes = times;
        times = durations;
        started = new long[stages + tape.startMessages().length];
        ended = new long[stages + tape.endMessages().length];
        int from = 0;
        for (int i = 0; i <= tape.checkpoints(); i++) {
            walk(tape, from, tape.checkpoint(i));
            from = tape.checkpoint(i);
            save(tape.messages(i), base.at[i]);
        }
        times = burdenedTimes;
        base.periodStart = periodStart;
        base.periodEnd = periodEnd;
        base.settled = tape.repeats() && later(periodEnd - periodStart);
        return base;
    }

    /** Whether everything happened later by the same time, so that every further round takes as long. */
    private boolean later(long round) {
        for (int i = 0; i < started.length; i++) {
            if (ended[i] - started[i] != round) {
                return false;
            }
        }
        return true;
    }

    private void save(int[] messages, long[] to) {
        System.arraycopy(free, 0, to, 0, stages);
        for (int i = 0; i < messages.length; i++) {
            to[stages + i] = arrival[messages[i]];
        }
    }

    /** Walks the whole tape. */
    void whole(SlotTape tape) {
        start(tape, true);
        repeats = false;
        walk(tape, 0, tape.size());
        finish();
    }

    /** Walks until it goes like the base walk, and then the tail. {@code equal}: it does so from the start. */
    void beside(Base base, boolean equal) {
        SlotTape tape = base.tape;
        start(tape, true);
        int from = 0;
        joined = equal;
        int seen = 0;
        for (int i = 0; i < tape.checkpoints() && !joined; i++) {
            walk(tape, from, tape.checkpoint(i));
            from = tape.checkpoint(i);
            joined = goesLike(base, i);
            seen = i;
        }
        repeats = joined && base.settled && from <= tape.periodStart();
        if (joined) {
            join(base, equal ? 0 : free[0] - base.at[seen][0]);
            from = tape.tail();
        }
        walk(tape, from, tape.size());
        finish();
    }

    private boolean goesLike(Base base, int checkpoint) {
        long[] at = base.at[checkpoint];
        long shift = free[0] - at[0];
        for (int stage = 0; stage < stages; stage++) {
            if (carry[stage] != 0 || free[stage] - at[stage] != shift) {
                return false;
            }
        }
        int[] messages = base.tape.messages(checkpoint);
        for (int i = 0; i < messages.length; i++) {
            if (arrival[messages[i]] - at[stages + i] != shift) {
                return false;
            }
        }
        return true;
    }

    private void join(Base base, long shift) {
        int tail = base.at.length - 1;
        for (int stage = 0; stage < stages; stage++) {
            free[stage] = base.at[tail][stage] + shift;
        }
        int[] messages = base.tape.messages(tail);
        for (int i = 0; i < messages.length; i++) {
            arrival[messages[i]] = base.at[tail][stages + i] + shift;
        }
        periodStart = base.periodStart + shift;
        periodEnd = base.periodEnd + shift;
    }

    private void finish() {
        end = 0;
        for (int stage = 0; stage < stages; stage++) {
            end = Math.max(end, free[stage]);
        }
        for (int stage = 0; stage < stages; stage++) {
            carry[stage] -= Math.min(carry[stage], end - free[stage]);
        }
    }

    /** Walks some slots, and notes when the period starts and ends. */
    private void walk(SlotTape tape, int first, int last) {
        int from = first;
        if (tape.periodStart() >= from && tape.periodStart() <= last) {
            slots(tape, from, tape.periodStart());
            from = tape.periodStart();
            periodStart = free[0];
            if (!burdened) {
                save(tape.startMessages(), started);
            }
        }
        if (tape.periodEnd() >= from && tape.periodEnd() <= last) {
            slots(tape, from, tape.periodEnd());
            from = tape.periodEnd();
            periodEnd = free[0];
            if (!burdened) {
                save(tape.endMessages(), ended);
            }
        }
        slots(tape, from, last);
    }

    private void slots(SlotTape tape, int first, int last) {
        if (burdened) {
            burdened(tape, first, last);
        } else {
            freely(tape, first, last);
        }
    }

    /** Slots of which none finds or leaves a backlog. */
    private void freely(SlotTape tape, int first, int last) {
        int[] slots = tape.slots();
        long[] stageFree = free;
        long[] durations = times;
        long[] arrivals = arrival;
        for (int at = first * SlotTape.COLUMNS; at < last * SlotTape.COLUMNS; at += SlotTape.COLUMNS) {
            int stage = slots[at];
            int to = slots[at + 3];
            long ended = Math.max(stageFree[stage], arrivals[slots[at + 2]]) + durations[slots[at + 1]];
            if (to >= 0) {
                arrivals[to] = ended + hop;
                ended += blocked;
            }
            stageFree[stage] = ended;
        }
    }

    private void burdened(SlotTape tape, int first, int last) {
        int[] slots = tape.slots();
        long[] stageFree = free;
        long[] durations = times;
        long[] stageCarry = carry;
        long[] backlogs = leaves;
        long[] arrivals = arrival;
        for (int at = first * SlotTape.COLUMNS; at < last * SlotTape.COLUMNS; at += SlotTape.COLUMNS) {
            int stage = slots[at];
            int segment = slots[at + 1];
            int to = slots[at + 3];
            long before = stageFree[stage];
            long start = Math.max(before, arrivals[slots[at + 2]]);
            long backlog = stageCarry[stage] - (start - before);
            long ended;
            long leaving;
            if (backlog > 0) {
                ended = start + segments.stretched(segment, backlog);
                leaving = segments.carry();
            } else {
                ended = start + durations[segment];
                leaving = backlogs[segment];
            }
            if (to >= 0) {
                arrivals[to] = ended + hop;
                ended += blocked;
                leaving = Math.max(0, leaving - blocked);
            }
            stageCarry[stage] = leaving;
            stageFree[stage] = ended;
        }
    }
}
