package dev.kneepoint.cost;

import java.util.Arrays;

/**
 * Runs of consecutive kernels of which only the first waits for an event and only the last signals one: unless the
 * device has to wait for the host while a transfer drains, such a run takes as long as one kernel. Indexed by the first
 * op of a run; times are picoseconds. Reusable and thread-confined.
 */
final class KernelRuns {
    private int[] length = new int[64];
    private long[] work = new long[64];
    private long[] host = new long[64];
    private long[] lead = new long[64];
    private long[] tail = new long[64];
    private int head = -1;

    void clear() {
        head = -1;
    }

    /** Ends the current run: another kind of op, or a block, comes between. */
    void close() {
        head = -1;
    }

    /** Adds a kernel to the current run, or begins one with it. */
    void kernel(int op, long picos, long launch, int waits, int signals) {
        if (op >= length.length) {
            grow(op);
        }
        if (head < 0 || waits >= 0) {
            head = op;
            length[op] = 1;
            work[op] = picos;
            host[op] = launch;
            lead[op] = launch;
            tail[op] = launch + picos;
        } else {
            long before = work[head];
            long issued = host[head] + launch;
            length[head]++;
            work[head] = before + picos;
            host[head] = issued;
            lead[head] = Math.max(lead[head], issued - before);
            tail[head] = Math.max(tail[head], issued) + picos;
        }
        if (signals >= 0) {
            head = -1;
        }
    }

    private void grow(int op) {
        int to = Math.max(2 * length.length, op + 1);
        length = Arrays.copyOf(length, to);
        work = Arrays.copyOf(work, to);
        host = Arrays.copyOf(host, to);
        lead = Arrays.copyOf(lead, to);
        tail = Arrays.copyOf(tail, to);
    }

    /** Kernels of the run that begins with an op. */
    int length(int op) {
        return length[op];
    }

    /** Device time of all its kernels. */
    long work(int op) {
        return work[op];
    }

    /** Host time to issue all its kernels. */
    long host(int op) {
        return host[op];
    }

    /** How far the host must be ahead when the run begins, so that no kernel waits for it. */
    long lead(int op) {
        return lead[op];
    }

    /** From when the host begins to issue the run to its end, if the device never is the one that is late. */
    long tail(int op) {
        return tail[op];
    }
}
