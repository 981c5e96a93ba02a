package dev.kneepoint.cost;

import java.util.Arrays;

/**
 * Numbers pairs of a long and an int from 0 on, in the order in which they come, without a box for each. Reusable and
 * thread-confined.
 */
final class LongIndex {
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private long[] first = new long[64];
    private int[] second = new int[64];
    /** A power of two of places, twice as many as there are numbers at least: a number and 1, or 0. */
    private int[] places = new int[128];

    private int size;

    void clear() {
        Arrays.fill(places, 0);
        size = 0;
    }

    int size() {
        return size;
    }

    /** The number of a pair, or -1. */
    int find(long a, int b) {
        return places[place(a, b)] - 1;
    }

    /** Numbers a pair that has no number yet. */
    int add(long a, int b) {
        if (size == first.length) {
            first = Arrays.copyOf(first, 2 * size);
            second = Arrays.copyOf(second, 2 * size);
            places = new int[4 * size];
            for (int i = 0; i < size; i++) {
                places[place(first[i], second[i])] = i + 1;
            }
        }
        first[size] = a;
        second[size] = b;
        places[place(a, b)] = size + 1;
        return size++;
    }

    private int place(long a, int b) {
        int mask = places.length - 1;
        int at = (int) ((a * MIX ^ b) * MIX >>> Integer.SIZE) & mask;
        while (places[at] > 0 && (first[places[at] - 1] != a || second[places[at] - 1] != b)) {
            at = at + 1 & mask;
        }
        return at;
    }
}
