package dev.kneepoint.cost;

import java.util.Arrays;

/**
 * Walks a {@link SlotTape} with the arithmetic of {@link PipelineClock}. A walk that finds itself at a checkpoint where
 * the base walk was, only earlier or later by the same time everywhere, goes on like that one and skips to the tail.
 * Times are picoseconds. Reusable and thread-confined.
 */
final class TapeWalk {
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

    private void start(SlotTape tape, int stages) {
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
    Base base(SlotTape tape, int stages, long[] times, long hop, long blocked) {
        Base base = new Base(tape, stages);
        start(tape, stages);
        started = new long[stages + tape.startMessages().length];
        ended = new long[stages + tape.endMessages().length];
        int from = 0;
        for (int i = 0; i <= tape.checkpoints(); i++) {
            freely(tape, from, tape.checkpoint(i), stages, times, hop, blocked);
            from = tape.checkpoint(i);
            save(tape.messages(i), stages, base.at[i]);
        }
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

    private void save(int[] messages, int stages, long[] to) {
        System.arraycopy(free, 0, to, 0, stages);
        for (int i = 0; i < messages.length; i++) {
            to[stages + i] = arrival[messages[i]];
        }
    }

    /** Walks the whole tape. */
    void whole(
            SlotTape tape, int stages, SharedSegments segments, long[] times, long[] leaves, long hop, long blocked) {
        start(tape, stages);
        repeats = false;
        burdened(tape, 0, tape.size(), segments, times, leaves, hop, blocked);
        finish(stages);
    }

    /** Walks until it goes like the base walk, and then the tail. {@code equal}: it does so from the start. */
    void beside(
            Base base,
            boolean equal,
            int stages,
            SharedSegments segments,
            long[] times,
            long[] leaves,
            long hop,
            long blocked) {
        SlotTape tape = base.tape;
        start(tape, stages);
        int from = 0;
        joined = equal;
        int seen = 0;
        for (int i = 0; i < tape.checkpoints() && !joined; i++) {
            burdened(tape, from, tape.checkpoint(i), segments, times, leaves, hop, blocked);
            from = tape.checkpoint(i);
            joined = goesLike(base, i, stages);
            seen = i;
        }
        repeats = joined && base.settled && from <= tape.periodStart();
        if (joined) {
            join(base, equal ? 0 : free[0] - base.at[seen][0], stages);
            from = tape.tail();
        }
        burdened(tape, from, tape.size(), segments, times, leaves, hop, blocked);
        finish(stages);
    }

    private boolean goesLike(Base base, int checkpoint, int stages) {
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

    private void join(Base base, long shift, int stages) {
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

    private void finish(int stages) {
        end = 0;
        for (int stage = 0; stage < stages; stage++) {
            end = Math.max(end, free[stage]);
        }
        for (int stage = 0; stage < stages; stage++) {
            carry[stage] -= Math.min(carry[stage], end - free[stage]);
        }
    }

    /** Slots of which none finds or leaves a backlog. */
    private void freely(SlotTape tape, int first, int last, int stages, long[] times, long hop, long blocked) {
        int from = first;
        for (int stop : new int[] {tape.periodStart(), tape.periodEnd(), last}) {
            if (stop >= from && stop <= last) {
                run(tape, from, stop, times, hop, blocked);
                from = stop;
                note(tape, stop);
                if (stop == tape.periodStart()) {
                    save(tape.startMessages(), stages, started);
                } else if (stop == tape.periodEnd()) {
                    save(tape.endMessages(), stages, ended);
                }
            }
        }
    }

    private void run(SlotTape tape, int first, int last, long[] times, long hop, long blocked) {
        int[] slots = tape.slots();
        long[] stageFree = free;
        long[] arrivals = arrival;
        for (int at = first * SlotTape.COLUMNS; at < last * SlotTape.COLUMNS; at += SlotTape.COLUMNS) {
            int stage = slots[at];
            int to = slots[at + 3];
            long ended = Math.max(stageFree[stage], arrivals[slots[at + 2]]) + times[slots[at + 1]];
            if (to >= 0) {
                arrivals[to] = ended + hop;
                ended += blocked;
            }
            stageFree[stage] = ended;
        }
    }

    private void note(SlotTape tape, int slot) {
        if (slot == tape.periodStart()) {
            periodStart = free[0];
        }
        if (slot == tape.periodEnd()) {
            periodEnd = free[0];
        }
    }

    private void burdened(
            SlotTape tape,
            int first,
            int last,
            SharedSegments segments,
            long[] times,
            long[] leaves,
            long hop,
            long blocked) {
        int from = first;
        for (int stop : new int[] {tape.periodStart(), tape.periodEnd(), last}) {
            if (stop >= from && stop <= last) {
                carry(tape, from, stop, segments, times, leaves, hop, blocked);
                from = stop;
                note(tape, stop);
            }
        }
    }

    private void carry(
            SlotTape tape,
            int first,
            int last,
            SharedSegments segments,
            long[] times,
            long[] leaves,
            long hop,
            long blocked) {
        int[] slots = tape.slots();
        long[] stageFree = free;
        long[] stageCarry = carry;
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
                ended = start + times[segment];
                leaving = leaves[segment];
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
