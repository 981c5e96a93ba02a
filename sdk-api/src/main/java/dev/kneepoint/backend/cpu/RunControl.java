package dev.kneepoint.backend.cpu;

import dev.kneepoint.backend.host.RunThreads;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.RankFailedException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What the threads of one run share: who waits for whom, the first failure, and the order to stop. Thread-safe. */
final class RunControl implements RunThreads.Control {
    /** Ends a thread of a stopped run; carries nothing, because the failure is already known. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Stopped() {
            super("stopped", null, false, false);
        }
    }

    private static final StreamKind[] STREAMS = StreamKind.values();
    /** Guards against a wake-up that came between the last look and the park. */
    private static final long PARK_NANOS = 1_000_000;

    private static final int SPINS_WITH_OWN_CORES = 2_000;

    private final Lane[] lanes;
    private final int spins;
    private final AtomicReference<@Nullable BackendException> failure = new AtomicReference<>();
    private volatile boolean stopped;

    RunControl(int ranks, boolean ownCores) {
        this.lanes = new Lane[ranks * STREAMS.length];
        this.spins = ownCores ? SPINS_WITH_OWN_CORES : 1;
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new Lane(i / STREAMS.length, STREAMS[i % STREAMS.length]);
        }
    }

    Lane lane(int rank, StreamKind stream) {
        return lanes[rank * STREAMS.length + stream.ordinal()];
    }

    Lane[] lanes() {
        return lanes;
    }

    @Override
    public boolean stopped() {
        return stopped;
    }

    /** Stops the run; the first failure is the one that is reported. */
    @Override
    public void fail(BackendException cause) {
        failure.compareAndSet(null, cause);
        stopped = true;
        for (Lane lane : lanes) {
            LockSupport.unpark(lane.thread);
        }
    }

    /** Stops the run because a lane threw. */
    void fail(Lane lane, Throwable cause) {
        if (cause instanceof BackendException known) {
            fail(known);
        } else if (!(cause instanceof Stopped)) {
            fail(new RankFailedException(lane.rank, lane.op, String.valueOf(cause), cause));
        }
    }

    @Nullable
    BackendException failure() {
        return failure.get();
    }

    /** Waits until a condition holds that another lane makes true before it calls {@link #wake}. */
    void await(Lane lane, String what, int rank, StreamKind stream, BooleanSupplier done) {
        for (int i = 0; i < spins; i++) {
            if (done.getAsBoolean()) {
                return;
            }
            Thread.onSpinWait();
        }
        lane.thread = Thread.currentThread();
        lane.waiting = new Lane.Wait(what, rank, stream, System.nanoTime(), done);
        try {
            while (!done.getAsBoolean()) {
                check();
                LockSupport.parkNanos(this, PARK_NANOS);
            }
        } finally {
            lane.waiting = null;
        }
    }

    void check() {
        if (stopped) {
            throw new Stopped();
        }
    }

    void wake(Lane lane) {
        if (lane.waiting != null) {
            LockSupport.unpark(lane.thread);
        }
    }

    /** Sleeps, but not beyond a stop. */
    void sleep(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            check();
            LockSupport.parkNanos(this, Math.min(left, 10 * PARK_NANOS));
        }
    }
}
