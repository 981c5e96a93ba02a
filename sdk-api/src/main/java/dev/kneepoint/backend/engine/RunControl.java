package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.RankFailedException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** What the threads of a run share: where each rank is, the first failure, and the order to stop. Thread-safe. */
final class RunControl {
    /** Ends a thread of a stopped run; carries nothing, because the failure is already known. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Stopped() {
            super("stopped", null, false, false);
        }
    }

    /** Says at which op of which rank a device failed. */
    @FunctionalInterface
    interface Locator {
        /** See {@link DeviceSet#located}. */
        BackendException located(BackendException failure, int rank, String op);
    }

    private static final long LOOK_MILLIS = 10;

    private final String backend;
    private final long timeoutNanos;
    private final Locator locator;
    private final AtomicReferenceArray<String> ops;
    private final AtomicLongArray issued;
    private final AtomicReference<@Nullable BackendException> failure = new AtomicReference<>();
    private volatile boolean stopped;

    RunControl(int ranks, EngineOptions options, Locator locator) {
        this.backend = options.backend();
        this.timeoutNanos = options.timeout().toNanos();
        this.locator = locator;
        this.ops = new AtomicReferenceArray<>(ranks);
        this.issued = new AtomicLongArray(ranks);
        for (int i = 0; i < ranks; i++) {
            ops.set(i, "");
        }
    }

    /** Notes which op a rank is at. */
    void at(int rank, String op) {
        ops.lazySet(rank, op);
        issued.lazySet(rank, issued.get(rank) + 1);
    }

    String op(int rank) {
        return ops.get(rank);
    }

    boolean stopped() {
        return stopped;
    }

    @Nullable
    BackendException failure() {
        return failure.get();
    }

    /** Stops the run; the first failure is the one that is reported. */
    void fail(BackendException cause) {
        failure.compareAndSet(null, cause);
        stopped = true;
    }

    /** Stops the run because a rank's thread threw. */
    void fail(int rank, Throwable cause) {
        switch (cause) {
            case Stopped s -> stopped = true;
            case BackendException e -> fail(locator.located(e, rank, op(rank)));
            default -> fail(new RankFailedException(rank, op(rank), String.valueOf(cause), cause));
        }
    }

    void check() {
        if (stopped) {
            throw new Stopped();
        }
    }

    /**
     * Waits for other ranks, as long as the one that holds it up goes on.
     *
     * @param monitor notified when the condition may have come true; guards it
     * @param rank who waits
     * @param done the condition
     * @param late the rank that holds it up
     */
    void await(Object monitor, int rank, BooleanSupplier done, IntSupplier late) {
        long since = System.nanoTime();
        long seen = -1;
        synchronized (monitor) {
            while (!done.getAsBoolean()) {
                check();
                if (System.nanoTime() - since > timeoutNanos) {
                    int culprit = late.getAsInt();
                    if (issued.get(culprit) == seen) {
                        throw stuck(culprit, rank);
                    }
                    seen = issued.get(culprit);
                    since = System.nanoTime();
                }
                try {
                    monitor.wait(LOOK_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new Stopped();
                }
            }
        }
    }

    private RankFailedException stuck(int culprit, int rank) {
        return new RankFailedException(
                culprit,
                op(culprit),
                "has issued nothing for " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms and holds up rank "
                        + rank + " at '" + op(rank) + "'; a longer " + backend + ".timeout gives it more time");
    }
}
