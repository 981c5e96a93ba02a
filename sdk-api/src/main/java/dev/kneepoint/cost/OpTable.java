package dev.kneepoint.cost;

import java.util.Arrays;

/** Lowered ops as columns; what is small shares one word. Thread-confined. */
final class OpTable {
    private static final int WAIT = 4;
    private static final int SIGNAL = 9;
    private static final int STREAM = 14;
    private static final int EVENT_MASK = 31;
    private static final int STREAM_MASK = 15;
    private static final int TYPE_MASK = 3;
    private static final int BEHIND = 1 << 2;
    private static final int ACROSS = 1 << 3;

    private int size;
    private String[] name = new String[64];
    private int[] traits = new int[64];
    private long[] work = new long[64];
    private long[] host = new long[64];

    int size() {
        return size;
    }

    void add(
            String op,
            byte type,
            int stream,
            int wait,
            int signal,
            boolean behind,
            boolean across,
            long workPicos,
            long hostPicos) {
        if (size == work.length) {
            grow();
        }
        name[size] = op;
        traits[size] = type
                | (behind ? BEHIND : 0)
                | (across ? ACROSS : 0)
                | wait + 1 << WAIT
                | signal + 1 << SIGNAL
                | stream << STREAM;
        work[size] = workPicos;
        host[size++] = hostPicos;
    }

    private void grow() {
        name = Arrays.copyOf(name, 2 * size);
        traits = Arrays.copyOf(traits, 2 * size);
        work = Arrays.copyOf(work, 2 * size);
        host = Arrays.copyOf(host, 2 * size);
    }

    String name(int op) {
        return name[op];
    }

    int type(int op) {
        return traits[op] & TYPE_MASK;
    }

    int stream(int op) {
        return traits[op] >>> STREAM & STREAM_MASK;
    }

    int waits(int op) {
        return (traits[op] >>> WAIT & EVENT_MASK) - 1;
    }

    int signals(int op) {
        return (traits[op] >>> SIGNAL & EVENT_MASK) - 1;
    }

    boolean behind(int op) {
        return (traits[op] & BEHIND) != 0;
    }

    boolean across(int op) {
        return (traits[op] & ACROSS) != 0;
    }

    long work(int op) {
        return work[op];
    }

    long host(int op) {
        return host[op];
    }
}
