package dev.kneepoint.backend.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A meeting of ranks of this process: those that have joined, and when each of them was ready. Thread-safe. */
final class LocalMeeting implements Meeting {
    private final LocalCommunicator group;
    private final @Nullable Member[] members;
    private final long[] ready;
    private final long[] end;
    private int arrived;
    private boolean enqueued;

    LocalMeeting(LocalCommunicator group, int size) {
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

    @Override
    public boolean isOf(Communicator other) {
        return group == other;
    }

    @Override
    public void await(int rank) {
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

    @Override
    public synchronized void harvested(Work work) {
        for (int i = 0; i < members.length; i++) {
            Member m = members[i];
            if (m != null && m.work() == work) {
                ready[i] = work.ready();
                end[i] = work.end();
            }
        }
    }

    @Override
    public synchronized long allReady() {
        return Arrays.stream(ready).max().orElse(0);
    }

    @Override
    public synchronized long allEnded() {
        return Arrays.stream(end).max().orElse(0);
    }
}
