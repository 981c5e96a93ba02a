package dev.kneepoint.backend.cpu;

import dev.kneepoint.metrics.Span;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One stream of one rank: what it is at, for whom it waits, and what it did in the current step. Written by the thread
 * that runs it; the watchdog reads the volatile fields, everyone else reads after the step.
 */
final class Lane {
    /** What a lane is waiting for, and which lane would have to act. */
    record Wait(String what, int rank, StreamKind stream, long since, BooleanSupplier done) {}

    /** Rank of a wait that several ranks together will end. */
    static final int ANYONE = -1;

    final int rank;
    final StreamKind stream;
    volatile String op = "";
    volatile @Nullable Wait waiting;
    volatile @Nullable Thread thread;
    volatile boolean ended;
    /** Transfers that were issued and have not ended. */
    final AtomicInteger pending = new AtomicInteger();

    private final List<Span> spans = new ArrayList<>();
    private long[] intervals = new long[64];
    private int filled;
    private long bytes;

    Lane(int rank, StreamKind stream) {
        this.rank = rank;
        this.stream = stream;
    }

    void clear() {
        spans.clear();
        filled = 0;
        bytes = 0;
    }

    /** Something ran from one instant to another. */
    void ran(long startNanos, long endNanos) {
        if (filled + 2 > intervals.length) {
            intervals = Arrays.copyOf(intervals, 2 * intervals.length);
        }
        intervals[filled++] = startNanos;
        intervals[filled++] = endNanos;
    }

    void moved(long count) {
        bytes += count;
    }

    void span(String name, long startNanos, long endNanos) {
        spans.add(new Span(
                name,
                stream.label(),
                Math.max(0, startNanos) * 1000,
                Math.max(0, Math.max(startNanos, endNanos)) * 1000,
                stream == StreamKind.COMPUTE));
    }

    /** Starts and ends in turn. */
    long[] intervals() {
        return Arrays.copyOf(intervals, filled);
    }

    /** Bytes that came from other ranks. */
    long bytes() {
        return bytes;
    }

    List<Span> spans() {
        return List.copyOf(spans);
    }

    /** What the lane waits for, if it still has to. */
    @Nullable
    Wait blocked() {
        Wait wait = waiting;
        return wait == null || wait.done().getAsBoolean() ? null : wait;
    }

    /** Whether the lane has done its step and waits for everybody. */
    boolean hasFinished() {
        Wait wait = blocked();
        return ended || (wait != null && wait.rank() == ANYONE);
    }

    /** Whether a communication stream has nothing to do. */
    boolean idle() {
        return stream != StreamKind.COMPUTE && pending.get() == 0;
    }

    @Override
    public String toString() {
        return "rank " + rank + (stream == StreamKind.COMPUTE ? "" : " stream " + stream.label());
    }
}
