package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.host.RunLimits;
import dev.kneepoint.backend.host.RunThreads;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ExecutionRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs all ranks of a plan, a host thread for each, and leaves neither threads nor buffers behind. Used once. */
final class EngineRun implements AutoCloseable {
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
        RunLimits limits = new RunLimits(request, this::where);
        RunThreads threads = new RunThreads(ranks.size());
        ranks.forEach(rank -> threads.add("kneepoint-" + backend + "-rank-" + rank.rank(), () -> run(rank)));
        threads.run(limits, control, linkage::failure, () -> linkage.abort(control.failure()));
        throwFailure();
        for (StepReplay replay : replays) {
            replay(replay, limits);
            throwFailure();
        }
        return gate;
    }

    private void run(RankRun rank) {
        try {
            rank.run();
        } catch (RuntimeException | Error e) {
            control.fail(rank.place(), e);
        }
    }

    private void throwFailure() {
        BackendException failure = control.failure();
        if (failure != null) {
            throw failure;
        }
    }

    /** Measures what launching costs a rank while all others rest, unless that may take longer than the host waits. */
    private void replay(StepReplay replay, RunLimits limits) {
        Duration longest = gate.longest();
        if (longest.multipliedBy(QUARTERS).compareTo(timeout) > 0) {
            launches.missed(
                    "a step takes " + longest.toMillis() + " ms, more than a quarter of " + backend + ".timeout");
            return;
        }
        try {
            replay.measure(launches, () -> throwIfLate(limits));
        } catch (RuntimeException | Error e) {
            control.fail(replay.place(), e);
        }
    }

    private static void throwIfLate(RunLimits limits) {
        Optional<BackendException> late = limits.passed();
        if (late.isPresent()) {
            throw late.get();
        }
    }

    private String where() {
        return ranks.size() + " ranks on backend " + backend + "; rank " + control.rank(0) + " is "
                + (control.op(0).isEmpty() ? "between ops" : "at '" + control.op(0) + "'");
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
