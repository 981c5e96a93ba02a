package dev.kneepoint.backend.engine;

import java.util.Arrays;

/** Where all ranks of a run meet; each brings a number, and all leave with the largest. Thread-safe. */
final class Barrier {
    private final RunControl control;
    private final int[] turns;
    private int arrived;
    private int released;
    private long most = Long.MIN_VALUE;
    private long result;

    Barrier(RunControl control, int ranks) {
        this.control = control;
        this.turns = new int[ranks];
    }

    long meet(int rank, long value) {
        int turn;
        synchronized (this) {
            turn = released + 1;
            turns[rank] = turn;
            most = Math.max(most, value);
            if (++arrived == turns.length) {
                result = most;
                most = Long.MIN_VALUE;
                arrived = 0;
                released = turn;
                notifyAll();
                return result;
            }
        }
        control.await(this, rank, () -> released >= turn, this::firstAbsent);
        synchronized (this) {
            return result;
        }
    }

    private int firstAbsent() {
        int least = Arrays.stream(turns).min().orElse(0);
        for (int rank = 0; rank < turns.length; rank++) {
            if (turns[rank] == least) {
                return rank;
            }
        }
        return 0;
    }
}
