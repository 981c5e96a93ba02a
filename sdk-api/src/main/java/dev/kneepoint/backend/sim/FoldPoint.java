package dev.kneepoint.backend.sim;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/** The latest end of a run of a repeated block, to tell when runs have begun to repeat each other. */
final class FoldPoint {
    private final Occupancy occupancy = new Occupancy();
    private long[] state = {};
    private long[] previousState = {};
    private long time;
    private int block = -1;
    private int run = -1;

    void clear() {
        block = -1;
    }

    boolean isAt(int atBlock, int atRun) {
        return block == atBlock && run == atRun;
    }

    /**
     * Whether the state is the one that the run before left.
     *
     * @param atBlock block of the run that has ended
     * @param atRun the run
     * @param capture fills and returns the array that it gets, or one of the right length
     */
    boolean settled(int atBlock, int atRun, UnaryOperator<long[]> capture) {
        long[] swap = previousState;
        previousState = state;
        state = capture.apply(swap);
        return block == atBlock && run + 1 == atRun && Arrays.equals(state, previousState);
    }

    void set(int atBlock, int atRun, long now, Occupancy sinceStart) {
        block = atBlock;
        run = atRun;
        time = now;
        occupancy.copyFrom(sinceStart);
    }

    long time() {
        return time;
    }

    Occupancy occupancy() {
        return occupancy;
    }
}
