package dev.kneepoint.backend.sim;

import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.plan.StreamKind;

/** Picoseconds by class and busy picoseconds by stream, added up. */
final class Occupancy {
    private static final int STREAMS = StreamKind.values().length;

    final long[] classes = new long[TimeClass.values().length];
    final long[] busy = new long[STREAMS];
    long communication;

    void clear() {
        java.util.Arrays.fill(classes, 0);
        java.util.Arrays.fill(busy, 0);
        communication = 0;
    }

    /**
     * Adds a step of time in which the heads of the queues ran.
     *
     * @param blocking stream of a transfer that blocks the compute stream, or -1
     */
    void add(long picos, TimeClass timeClass, StreamQueue[] queues, int blocking) {
        classes[timeClass.ordinal()] += picos;
        boolean transfers = blocking >= 0;
        if (queues[0].running() && blocking < 0) {
            busy[0] += picos;
        }
        for (int i = 1; i < STREAMS; i++) {
            boolean runs = queues[i].running();
            transfers |= runs;
            if (runs || i == blocking) {
                busy[i] += picos;
            }
        }
        if (transfers) {
            communication += picos;
        }
    }

    void addBusy(int stream, long picos) {
        busy[stream] += picos;
    }

    void addAll(Occupancy other, long times) {
        for (int i = 0; i < classes.length; i++) {
            classes[i] += times * other.classes[i];
        }
        for (int i = 0; i < STREAMS; i++) {
            busy[i] += times * other.busy[i];
        }
        communication += times * other.communication;
    }

    /** Adds {@code times} what has come since an earlier copy. */
    void addMultiple(Occupancy since, long times) {
        for (int i = 0; i < classes.length; i++) {
            classes[i] += times * (classes[i] - since.classes[i]);
        }
        for (int i = 0; i < STREAMS; i++) {
            busy[i] += times * (busy[i] - since.busy[i]);
        }
        communication += times * (communication - since.communication);
    }

    void copyFrom(Occupancy other) {
        System.arraycopy(other.classes, 0, classes, 0, classes.length);
        System.arraycopy(other.busy, 0, busy, 0, STREAMS);
        communication = other.communication;
    }
}
