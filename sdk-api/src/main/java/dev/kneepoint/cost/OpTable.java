package dev.kneepoint.cost;

import java.util.Arrays;

/** Lowered ops as columns. What is small shares one word, so that copying a run of ops touches few arrays. Thread-confined. */
final class OpTable {
    private static final int WAIT = 4;
    private static final int SIGNAL = 9;
    private static final int STREAM = 14;
    private static final int EVENT_MASK = 31;
    private static final int STREAM_MASK = 15;
    private static final int TYPE_MASK = 3;
    private static final int BEHIND = 1 << 2;
    private static final int ACROSS = 1 << 3;

    private final boolean named;
    private int size;
    private String[] name;
    private int[] traits = new int[64];
    private long[] work = new long[64];
    private long[] host = new long[64];

    /**
     * An empty table.
     *
     * @param named whether names are kept: the closed form needs none, and references cost it a fifth of its time
     */
    OpTable(boolean named) {
        this.named = named;
        this.name = new String[named ? 64 : 0];
    }

    int size() {
        return size;
    }

    void clear() {
        size = 0;
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
        room(1);
        if (named) {
            name[size] = op;
        }
        traits[size] = type
                | (behind ? BEHIND : 0)
                | (across ? ACROSS : 0)
                | wait + 1 << WAIT
                | signal + 1 << SIGNAL
                | stream << STREAM;
        work[size] = workPicos;
        host[size++] = hostPicos;
    }

    void append(OpTable from, int start, int end) {
        int count = end - start;
        room(count);
        if (named) {
            System.arraycopy(from.name, start, name, size, count);
        }
        System.arraycopy(from.traits, start, traits, size, count);
        System.arraycopy(from.work, start, work, size, count);
        System.arraycopy(from.host, start, host, size, count);
        size += count;
    }

    private void room(int more) {
        if (size + more > work.length) {
            int to = Math.max(2 * work.length, size + more);
            name = named ? Arrays.copyOf(name, to) : name;
            traits = Arrays.copyOf(traits, to);
            work = Arrays.copyOf(work, to);
            host = Arrays.copyOf(host, to);
        }
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
