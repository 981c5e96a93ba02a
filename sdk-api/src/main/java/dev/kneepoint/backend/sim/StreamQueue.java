package dev.kneepoint.backend.sim;

import dev.kneepoint.plan.StreamKind;

/** The issued, unfinished ops of one stream, oldest first; the oldest may be running. Thread-confined. */
final class StreamQueue {
    /** Fixed part of what {@link #capture} writes. */
    static final int STATE = 3;

    private static final int PER_OP = 6;
    private static final int COMPUTE = StreamKind.COMPUTE.ordinal();

    private int[] op = new int[16];
    private long[] issuedAt = new long[16];
    private int[] waitStream = new int[16];
    private long[] waitSequence = new long[16];
    private long[] computeSequence = new long[16];
    private long[] work = new long[16];
    private long issued;
    private long completed;
    private boolean running;
    private long remaining;
    private long startedAt;

    void clear() {
        issued = 0;
        completed = 0;
        running = false;
    }

    void push(int index, long at, int stream, long sequence, long workPicos) {
        push(index, at, stream, sequence, 0, workPicos);
    }

    void push(int index, long at, int stream, long sequence, long compute, long workPicos) {
        int size = (int) (issued - completed);
        if (size == op.length) {
            grow();
        }
        int slot = (int) (issued % op.length);
        op[slot] = index;
        issuedAt[slot] = at;
        waitStream[slot] = stream;
        waitSequence[slot] = sequence;
        computeSequence[slot] = compute;
        work[slot] = workPicos;
        issued++;
    }

    private void grow() {
        int from = op.length;
        int to = 2 * from;
        int[] newOp = new int[to];
        long[] newIssued = new long[to];
        int[] newStream = new int[to];
        long[] newSequence = new long[to];
        long[] newCompute = new long[to];
        long[] newWork = new long[to];
        for (long i = completed; i < issued; i++) {
            int a = (int) (i % from);
            int b = (int) (i % to);
            newOp[b] = op[a];
            newIssued[b] = issuedAt[a];
            newStream[b] = waitStream[a];
            newSequence[b] = waitSequence[a];
            newCompute[b] = computeSequence[a];
            newWork[b] = work[a];
        }
        op = newOp;
        issuedAt = newIssued;
        waitStream = newStream;
        waitSequence = newSequence;
        computeSequence = newCompute;
        work = newWork;
    }

    boolean isEmpty() {
        return issued == completed;
    }

    boolean running() {
        return running;
    }

    long issued() {
        return issued;
    }

    long completed() {
        return completed;
    }

    private int head() {
        return (int) (completed % op.length);
    }

    int headOp() {
        return op[head()];
    }

    long headIssued() {
        return issuedAt[head()];
    }

    int headWaitStream() {
        return waitStream[head()];
    }

    long headWaitSequence() {
        return waitSequence[head()];
    }

    long headComputeSequence() {
        return computeSequence[head()];
    }

    void start(long now) {
        running = true;
        remaining = work[head()];
        startedAt = now;
    }

    long startedAt() {
        return startedAt;
    }

    long timeLeft(double rate) {
        return rate == 1 ? remaining : (long) Math.ceil(remaining / rate);
    }

    void progress(long time, double rate) {
        remaining -= rate == 1 ? time : Math.round(time * rate);
    }

    boolean done() {
        return remaining <= 0;
    }

    void pop() {
        running = false;
        completed++;
    }

    void shift(long picos) {
        startedAt += picos;
        for (int i = 0; i < issuedAt.length; i++) {
            issuedAt[i] += picos;
        }
    }

    /** Work left of all ops, alone on the machine. */
    long backlog() {
        long sum = 0;
        for (long i = completed; i < issued; i++) {
            boolean current = i == completed && running;
            sum += current ? remaining : work[(int) (i % work.length)];
        }
        return sum;
    }

    int stateSize() {
        return PER_OP * (int) (issued - completed);
    }

    /** Writes all that the future depends on, relative to now. */
    int capture(long[] state, int from, long now, StreamQueue[] queues) {
        int at = from;
        state[at++] = running ? 1 : 0;
        state[at++] = running ? remaining : 0;
        state[at++] = issued - completed;
        for (long i = completed; i < issued; i++) {
            int slot = (int) (i % op.length);
            state[at++] = op[slot];
            state[at++] = Math.max(0, issuedAt[slot] - now);
            int stream = waitStream[slot];
            long open = stream < 0 ? 0 : Math.max(0, waitSequence[slot] - queues[stream].completed);
            state[at++] = open == 0 ? -1 : stream;
            state[at++] = open;
            state[at++] = Math.max(0, computeSequence[slot] - queues[COMPUTE].completed);
            state[at++] = work[slot];
        }
        return at;
    }
}
