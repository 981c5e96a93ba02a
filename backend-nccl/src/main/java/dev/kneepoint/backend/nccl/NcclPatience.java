package dev.kneepoint.backend.nccl;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * How long a call of NCCL may be under way, and who may end the wait before. Immutable.
 *
 * @param limit longest wait for one call
 * @param interruption run again and again while something is waited for; what it throws ends the wait
 */
record NcclPatience(Duration limit, Runnable interruption) {
    /** Long enough for a call that only has to be put on a stream, short enough to waste no core. */
    private static final int LOOKS = 1000;

    private static final long PAUSE_NANOS = 50_000;

    NcclPatience {
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException("limit must be longer than nothing, not " + limit);
        }
    }

    /** A wait that nobody ends before its time. */
    static NcclPatience of(Duration limit) {
        return new NcclPatience(limit, () -> {});
    }

    /**
     * Waits until something is no longer in progress.
     *
     * @param state asks for its result
     * @param call what it is
     * @return the result, which may be an error
     * @throws NcclException with {@link NcclResult#IN_PROGRESS} if it takes longer than the limit
     */
    int await(IntSupplier state, String call) {
        long start = System.nanoTime();
        for (int look = 0; true; look++) {
            int result = state.getAsInt();
            if (result != NcclResult.IN_PROGRESS) {
                return result;
            }
            if (look < LOOKS) {
                Thread.onSpinWait();
                continue;
            }
            interruption.run();
            if (System.nanoTime() - start > limit.toNanos()) {
                throw NcclException.of(
                        call, result, NcclResult.name(result), "it has not come to an end for " + text(limit));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static String text(Duration time) {
        return time.toMillis() < 10_000 ? time.toMillis() + " ms" : time.toSeconds() + " s";
    }
}
