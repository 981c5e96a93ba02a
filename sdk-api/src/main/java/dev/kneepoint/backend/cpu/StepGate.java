package dev.kneepoint.backend.cpu;

import dev.kneepoint.metrics.Span;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Starts the steps of all ranks at one instant, and keeps what they did. Thread-safe. */
final class StepGate {
    /**
     * A step of all ranks.
     *
     * @param nanos from the common start to the end of the last rank
     * @param ranks by rank
     */
    record Step(long nanos, List<RankStep> ranks, List<LaneRecord> lanes) {}

    /** What the lanes of a step did, copied before the next step begins. */
    record LaneRecord(int rank, StreamKind stream, long[] intervals, long bytes, List<Span> spans) {}

    private final RunControl control;
    private final int ranks;
    private final int steps;
    private final AtomicInteger arrived = new AtomicInteger();
    private final RankStep[] current;
    private final long[] ends;
    private final List<Step> done = new ArrayList<>();
    private volatile int released;
    private volatile long start;

    StepGate(RunControl control, int ranks, int steps) {
        this.control = control;
        this.ranks = ranks;
        this.steps = steps;
        this.current = new RankStep[ranks];
        this.ends = new long[ranks];
    }

    /** Waits for all ranks; false after the last step. */
    boolean begin(Lane lane) {
        int turn = released + 1;
        if (arrived.incrementAndGet() == ranks) {
            arrived.set(0);
            if (turn > 1) {
                collect();
            }
            start = System.nanoTime();
            released = turn;
            for (int i = 0; i < ranks; i++) {
                control.wake(control.lane(i, StreamKind.COMPUTE));
            }
        } else {
            control.await(lane, "for all ranks", Lane.ANYONE, StreamKind.COMPUTE, () -> released >= turn);
        }
        return turn <= steps;
    }

    /** When the current step began, by {@link System#nanoTime}. */
    long start() {
        return start;
    }

    void end(int rank, RankStep what) {
        ends[rank] = System.nanoTime();
        current[rank] = what;
    }

    private void collect() {
        List<LaneRecord> lanes = new ArrayList<>();
        for (Lane lane : control.lanes()) {
            long[] intervals = lane.intervals();
            if (intervals.length > 0 || lane.bytes() > 0) {
                lanes.add(new LaneRecord(lane.rank, lane.stream, intervals, lane.bytes(), lane.spans()));
            }
        }
        long last = Arrays.stream(ends).max().orElse(start);
        done.add(new Step(last - start, List.copyOf(Arrays.asList(current)), lanes));
    }

    /** All steps, once every rank has ended. */
    List<Step> steps() {
        return done;
    }
}
