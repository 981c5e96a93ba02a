package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.host.RunThreads;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.RankFailedException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** What the threads of a run share: where each rank is, the first failure, and the order to stop. Thread-safe. */
final class RunControl implements RunThreads.Control {
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
        BackendException located(BackendException failure, int place, int rank, String op);
    }

    private static final long LOOK_MILLIS = 10;

    private final String backend;
    private final long timeoutNanos;
    private final Locator locator;
    private final List<Integer> ranks;
    private final AtomicReferenceArray<String> ops;
    private final AtomicLongArray issued;
    private final AtomicReference<@Nullable BackendException> failure = new AtomicReference<>();
    private volatile boolean stopped;

    /**
     * The control of a run.
     *
     * @param ranks their numbers, by place; everything else here counts places
     */
    RunControl(List<Integer> ranks, EngineOptions options, Locator locator) {
        this.ranks = List.copyOf(ranks);
        this.backend = options.backend();
        this.timeoutNanos = options.timeout().toNanos();
        this.locator = locator;
        this.ops = new AtomicReferenceArray<>(ranks.size());
        this.issued = new AtomicLongArray(ranks.size());
        for (int i = 0; i < ranks.size(); i++) {
            ops.set(i, "");
        }
    }

    /** Notes which op a rank is at. */
    void at(int place, String op) {
        ops.lazySet(place, op);
        issued.lazySet(place, issued.get(place) + 1);
    }

    String op(int place) {
        return ops.get(place);
    }

    int rank(int place) {
        return ranks.get(place);
    }

    @Override
    public boolean stopped() {
        return stopped;
    }

    @Nullable
    BackendException failure() {
        return failure.get();
    }

    /** Stops the run; the first failure is the one that is reported. */
    @Override
    public void fail(BackendException cause) {
        failure.compareAndSet(null, cause);
        stopped = true;
    }

    /** Stops the run because a rank's thread threw. */
    void fail(int place, Throwable cause) {
        switch (cause) {
            case Stopped s -> stopped = true;
            case BackendException e -> fail(locator.located(e, place, rank(place), op(place)));
            default -> fail(new RankFailedException(rank(place), op(place), String.valueOf(cause), cause));
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
     * @param place who waits
     * @param done the condition
     * @param late the rank that holds it up
     */
    void await(Object monitor, int place, BooleanSupplier done, IntSupplier late) {
        long since = System.nanoTime();
        long seen = -1;
        synchronized (monitor) {
            while (!done.getAsBoolean()) {
                check();
                if (System.nanoTime() - since > timeoutNanos) {
                    int culprit = late.getAsInt();
                    if (issued.get(culprit) == seen) {
                        throw stuck(culprit, place);
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

    private RankFailedException stuck(int culprit, int place) {
        return new RankFailedException(
                rank(culprit),
                op(culprit),
                "has issued nothing for " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms and holds up rank "
                        + rank(place) + " at '" + op(place) + "'; a longer " + backend + ".timeout gives it more time");
    }
}
