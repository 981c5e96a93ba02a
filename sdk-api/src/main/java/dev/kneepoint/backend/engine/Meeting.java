package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.CollectiveKind;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One call of a collective: the ranks that have joined it, and when each of them was ready. Thread-safe. */
final class Meeting {
    /**
     * What a rank brings.
     *
     * @param rank the rank
     * @param seat where it runs
     * @param work its part
     * @param kind the collective
     * @param length elements of the whole
     * @param in its part for all-gather, else the whole; summed in place by all-reduce
     * @param out its part for reduce-scatter, else the whole; ignored by all-reduce
     * @param factor what sums are multiplied by
     * @param waits events that must have ended before its buffers are touched
     */
    record Member(
            int rank,
            Seat seat,
            Work work,
            CollectiveKind kind,
            int length,
            DeviceKernels.At in,
            DeviceKernels.At out,
            float factor,
            DeviceEvent[] waits) {
        DataType type() {
            return in.buffer().type();
        }

        String describe() {
            return kind.label() + " of " + (long) type().bytes() * length + " bytes";
        }
    }

    private final Communicator group;
    private final @Nullable Member[] members;
    private final long[] ready;
    private final long[] end;
    private int arrived;
    private boolean enqueued;

    Meeting(Communicator group, int size) {
        this.group = group;
        this.members = new Member[size];
        this.ready = new long[size];
        this.end = new long[size];
    }

    /** Joins; true for the last one, who enqueues the commands of all and calls {@link #open}. */
    synchronized boolean join(int place, Member member) {
        members[place] = member;
        arrived++;
        return arrived == members.length;
    }

    /** A member that has joined. */
    synchronized @Nullable Member member(int place) {
        return members[place];
    }

    boolean isOf(Communicator other) {
        return group == other;
    }

    /** Waits until all have joined and the commands are enqueued. */
    void await(int rank) {
        group.await(this, rank);
    }

    synchronized void open() {
        enqueued = true;
        notifyAll();
    }

    synchronized boolean isOpen() {
        return enqueued;
    }

    /** The place that nobody has taken yet; 0 if all have. */
    synchronized int firstAbsent() {
        for (int i = 0; i < members.length; i++) {
            if (members[i] == null) {
                return i;
            }
        }
        return 0;
    }

    /** Notes when a rank could have run its part, and when it ended. */
    synchronized void harvested(Work work) {
        for (int i = 0; i < members.length; i++) {
            Member m = members[i];
            if (m != null && m.work() == work) {
                ready[i] = work.ready();
                end[i] = work.end();
            }
        }
    }

    /** When all ranks were ready; known once all have harvested. */
    synchronized long allReady() {
        return Arrays.stream(ready).max().orElse(0);
    }

    /** When the last rank ended. */
    synchronized long allEnded() {
        return Arrays.stream(end).max().orElse(0);
    }
}
