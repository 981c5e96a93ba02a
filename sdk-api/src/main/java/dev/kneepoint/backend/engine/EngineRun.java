package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Runs all ranks of a plan, a host thread for each, and leaves neither threads nor buffers behind. Used once. */
final class EngineRun implements AutoCloseable {
    private static final int SHORT_LOOKS = 20;
    /** Of the timeout, one for the step that the host waits for: those that follow may take longer. */
    private static final int QUARTERS = 4;

    private final ExecutionRequest request;
    private final String backend;
    private final RunControl control;
    private final StepGate gate;
    private final LaunchMeter launches;
    private final Duration timeout;
    private final List<RankArrays> arrays = new ArrayList<>();
    private final List<RankRun> ranks = new ArrayList<>();
    private final List<StepReplay> replays = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch running;
    private final Linkage linkage;

    /**
     * A run.
     *
     * @param places the ranks that run, by seat
     * @param linking how they reach each other
     */
    EngineRun(
            ExecutionRequest request,
            Meters meters,
            StepPlan plan,
            EngineOptions options,
            DeviceSet devices,
            Seats seats,
            List<Place> places,
            Linkage.Factory linking) {
        int count = places.size();
        this.request = request;
        this.backend = options.backend();
        this.control = new RunControl(places.stream().map(Place::rank).toList(), options, devices::located);
        this.gate = new StepGate(control, count, request, meters.steps());
        this.launches = meters.launches();
        this.timeout = options.timeout();
        this.running = new CountDownLatch(count);
        this.linkage =
                linking.of(control, (place, stream, type) -> arrays.get(place).staging(stream, type));
        try {
            for (int r = 0; r < count; r++) {
                add(r, places.get(r), plan, options, seats);
            }
        } catch (RuntimeException | Error e) {
            try (Cleanup cleanup = new Cleanup()) {
                cleanup.then(() -> {
                    throw e;
                });
                cleanup.then(this::close);
            }
        }
    }

    private void add(int index, Place place, StepPlan plan, EngineOptions options, Seats seats) {
        Seat seat = seats.seat(index);
        RankProgram program = plan.programs().get(place.stage());
        RankSizes sizes = RankSizes.of(plan, program, seat.device(), seat.kernels(), linkage.direct());
        RankState state = new RankState(place.rank(), index, seat, seats.arrays(index, place.rank(), sizes));
        arrays.add(state.arrays);
        Links links = linkage.of(state, sizes.sizes());
        ranks.add(new RankRun(
                program,
                options.sample().layers(),
                control,
                gate,
                state,
                new ComputeOps(seat.kernels(), seat.queue(StreamKind.COMPUTE), state.arrays, sizes),
                new Transfers(state, sizes.sizes(), links, options.alone()),
                links));
        if (launches.isWanted() && replays.stream().noneMatch(r -> r.stage() == program.stage())) {
            replays.add(new StepReplay(program, options.sample().layers(), control, state, sizes));
        }
    }

    /** Runs to the end. */
    StepGate run() {
        long start = System.nanoTime();
        boolean interrupted = false;
        try {
            for (RankRun rank : ranks) {
                start(rank);
            }
            watch(start);
        } catch (InterruptedException e) {
            interrupted = true;
            control.fail(new ExecutionCancelledException("interrupted while running " + where()));
        } catch (OutOfMemoryError e) {
            control.fail(new BackendException("cannot start " + ranks.size() + " threads: " + e.getMessage(), e));
        } finally {
            if (control.stopped()) {
                linkage.abort(control.failure());
            }
            interrupted |= join();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        throwFailure();
        for (StepReplay replay : replays) {
            replay(replay, start);
            throwFailure();
        }
        return gate;
    }

    private void throwFailure() {
        BackendException failure = control.failure();
        if (failure != null) {
            throw failure;
        }
    }

    /** Measures what launching costs a rank while all others rest, unless that may take longer than the host waits. */
    private void replay(StepReplay replay, long start) {
        Duration longest = gate.longest();
        if (longest.multipliedBy(QUARTERS).compareTo(timeout) > 0) {
            launches.missed(
                    "a step takes " + longest.toMillis() + " ms, more than a quarter of " + backend + ".timeout");
            return;
        }
        try {
            replay.measure(launches, () -> throwIfLate(start));
        } catch (RuntimeException | Error e) {
            control.fail(replay.place(), e);
        }
    }

    private void throwIfLate(long start) {
        Optional<BackendException> late = late(start);
        if (late.isPresent()) {
            throw late.get();
        }
    }

    /** That the run was cancelled, or its deadline has passed. */
    private Optional<BackendException> late(long start) {
        if (request.cancellation().isCancelled()) {
            return Optional.of(new ExecutionCancelledException("cancelled while running " + where()));
        }
        Duration past = Duration.ofNanos(System.nanoTime() - start);
        return request.deadline()
                .filter(d -> past.compareTo(d) > 0)
                .map(d -> new DeadlineExceededException(
                        "the deadline of " + d.toMillis() + " ms passed while running " + where()));
    }

    private void start(RankRun rank) {
        Thread thread = new Thread(
                () -> {
                    try {
                        rank.run();
                    } catch (RuntimeException | Error e) {
                        control.fail(rank.place(), e);
                    } finally {
                        running.countDown();
                    }
                },
                "kneepoint-" + backend + "-rank-" + rank.rank());
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void watch(long start) throws InterruptedException {
        for (int look = 0; !running.await(look < SHORT_LOOKS ? 1 : 10, TimeUnit.MILLISECONDS); look++) {
            late(start).ifPresent(control::fail);
            linkage.failure().ifPresent(control::fail);
            if (control.stopped()) {
                return;
            }
        }
    }

    private String where() {
        return ranks.size() + " ranks on backend " + backend + "; rank " + control.rank(0) + " is "
                + (control.op(0).isEmpty() ? "between ops" : "at '" + control.op(0) + "'");
    }

    /** Waits for all threads; true if interrupted meanwhile. */
    private boolean join() {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    control.fail(new ExecutionCancelledException("interrupted while running " + where()));
                }
            }
        }
        return interrupted;
    }

    /** Waits for what is left on the devices, releases events, and gives buffers back. */
    @Override
    public void close() {
        try (Cleanup cleanup = new Cleanup()) {
            ranks.forEach(rank -> cleanup.then(rank::settle));
            ranks.forEach(rank -> cleanup.then(rank::abandon));
            arrays.forEach(a -> cleanup.then(a::close));
        }
    }
}
