package dev.kneepoint.cost;

import java.util.Arrays;

/**
 * Points in one stream's work that it may pass only when another stream has come far enough: an all-reduce of a shard
 * behind the scatter that makes it. Reusable and thread-confined.
 */
final class Gates {
    private static final double SLACK = 0.5;

    private double[] start = new double[64];
    private int[] stream = new int[64];
    private double[] target = new double[64];
    private int head;
    private int tail;
    private int markedGates;
    private double markedRoom;
    private double markedWait;

    void clear() {
        head = 0;
        tail = 0;
    }

    /** Work from {@code from} on waits until stream {@code other} has done {@code needed}. */
    void add(double from, int other, double needed) {
        if (tail == start.length) {
            start = Arrays.copyOf(start, 2 * tail);
            stream = Arrays.copyOf(stream, 2 * tail);
            target = Arrays.copyOf(target, 2 * tail);
        }
        start[tail] = from;
        stream[tail] = other;
        target[tail++] = needed;
    }

    private void open(double[] drained) {
        while (head < tail && drained[stream[head]] >= target[head] - SLACK) {
            head++;
        }
    }

    /** Whether the gated stream stands before a closed gate. */
    boolean closed(double position, double[] drained) {
        open(drained);
        return head < tail && start[head] <= position + SLACK;
    }

    /** How far the gated stream may run: to the next closed gate or the end of its work. */
    double limit(double end, double[] drained) {
        open(drained);
        return head < tail ? Math.min(end, start[head]) : end;
    }

    /** How far another stream may run: to where the next closed gate opens, or to the end of its work. */
    double opening(int other, double end, double[] drained) {
        open(drained);
        return head < tail && stream[head] == other ? Math.min(end, target[head]) : end;
    }

    /** Whether every gate is open. */
    boolean none(double[] drained) {
        open(drained);
        return head == tail;
    }

    /** Remembers how the next gate lies, for {@link #repeat}. */
    void mark(int gated, double[] drained) {
        open(drained);
        markedGates = tail - head;
        markedRoom = head < tail ? start[head] - drained[gated] : 0;
        markedWait = head < tail ? target[head] - drained[stream[head]] : 0;
    }

    /** Whether the gates lie as they did when marked, or farther from the gated stream, so that the work may be multiplied out. */
    boolean repeat(int gated, double[] drained) {
        open(drained);
        if (head == tail) {
            return true;
        }
        return markedGates == tail - head
                && start[head] - drained[gated] > markedRoom - SLACK
                && Math.abs(target[head] - drained[stream[head]] - markedWait) <= 2 * SLACK;
    }

    /** Moves closed gates along with work that is multiplied out. */
    void move(double runs, int gated, double[] issued, double[] issuedBefore) {
        for (int i = head; i < tail; i++) {
            start[i] += runs * (issued[gated] - issuedBefore[gated]);
            target[i] += runs * (issued[stream[i]] - issuedBefore[stream[i]]);
        }
    }
}
