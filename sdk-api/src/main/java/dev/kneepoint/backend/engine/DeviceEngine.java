package dev.kneepoint.backend.engine;

import com.google.common.base.Stopwatch;
import dev.kneepoint.backend.sim.VirtualTime;
import dev.kneepoint.metrics.SampledStep;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.RankMap;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.Numerics;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Runs plans on the devices of a backend. Confined to one thread at a time. */
public final class DeviceEngine implements AutoCloseable {
    /** Most ranks of a plan: each has a thread of the host. */
    public static final int MAX_RANKS = 64;

    private final DeviceSet devices;
    private final EngineOptions options;
    private final Seats seats;

    /**
     * An engine; closing it leaves the devices open.
     *
     * @param devices what to run on
     * @param options how
     */
    public DeviceEngine(DeviceSet devices, EngineOptions options) {
        this.devices = devices;
        this.options = options;
        this.seats = new Seats(devices);
    }

    /**
     * Buffers that the devices hold for this engine.
     *
     * @return in use or kept for later
     */
    public int buffers() {
        return seats.buffers();
    }

    /**
     * The kernels and collectives that plans run, on the caller's data.
     *
     * @return arithmetic on the first device
     */
    public Numerics numerics() {
        Seat seat = seats.seat(0);
        return new DeviceNumerics(
                seat.device().memory(),
                seat.kernels(),
                seat.queue(StreamKind.COMPUTE),
                new DeviceExchange(devices, options, seats));
    }

    /**
     * The collectives that plans run, alone.
     *
     * @return what times them
     */
    public CollectiveBench collectives() {
        return new DeviceBench(devices, options, seats);
    }

    /**
     * What becomes of products whose operands a plan wants quantised.
     *
     * @param plan a plan that runs here
     * @return how many of them there are, and how many are
     */
    public QuantisedProducts quantised(StepPlan plan) {
        return QuantisedProducts.of(plan, devices, options.alone());
    }

    /**
     * Runs a plan.
     *
     * @param request what to run
     * @return the measured steps by step time
     * @throws UnsupportedPlanException if it has too many ranks or does not fit, before anything starts
     * @throws BackendException if it fails
     */
    public List<Timeline> run(ExecutionRequest request) {
        return run(request, StepMeter.NONE);
    }

    /**
     * Runs a plan and measures beside it.
     *
     * @param request what to run
     * @param meter what else to measure
     * @return the measured steps by step time
     * @throws UnsupportedPlanException if it has too many ranks or does not fit, before anything starts
     * @throws BackendException if it fails
     */
    public List<Timeline> run(ExecutionRequest request, StepMeter meter) {
        return run(request, meter, new LaunchMeter(false));
    }

    /**
     * Runs a plan and measures beside it, and after it what launching costs.
     *
     * @param request what to run
     * @param meter what else to measure
     * @param launches takes what launching costs the first rank of every stage, if it wants to
     * @return the measured steps by step time
     * @throws UnsupportedPlanException if it has too many ranks or does not fit, before anything starts
     * @throws BackendException if it fails
     */
    public List<Timeline> run(ExecutionRequest request, StepMeter meter, LaunchMeter launches) {
        Meters meters = new Meters(meter, launches);
        List<Timeline> all = options.alone() ? alone(request, meters) : together(request, meters);
        return all.stream()
                .sorted(Comparator.comparingDouble(t -> t.step().value()))
                .toList();
    }

    private List<Timeline> together(ExecutionRequest request, Meters meters) {
        StepPlan whole = request.plan();
        int ranks = whole.layout().devices();
        if (ranks > MAX_RANKS) {
            throw new UnsupportedPlanException("the plan has " + ranks + " ranks; backend " + options.backend()
                    + " runs at most " + MAX_RANKS + ", backend sim any number");
        }
        RankMap map = new RankMap(whole.layout());
        List<Place> places = IntStream.range(0, ranks)
                .mapToObj(rank -> new Place(rank, map.stage(rank)))
                .toList();
        seats.expect(new MemoryCheck(devices, options.sample()).check(whole, places));
        request.cancellation().throwIfCancelled("starting the run");
        StepGate gate = run(request, meters, places);
        return options.sample().cuts(whole)
                ? gate.totals().stream()
                        .map(t -> new SampledStep(whole, t).timeline())
                        .toList()
                : gate.timelines();
    }

    private StepGate run(ExecutionRequest request, Meters meters, List<Place> places) {
        StepPlan plan = options.sample().cut(request.plan());
        Linkage.Factory linking =
                (control, staging) -> new LocalLinkage(plan.layout(), seats.direct(), control, staging);
        try (EngineRun run = new EngineRun(request, meters, plan, options, devices, seats, places, linking)) {
            return run.run();
        }
    }

    /** One rank of every stage, one after the other, on the first device. */
    private List<Timeline> alone(ExecutionRequest request, Meters meters) {
        StepPlan whole = request.plan();
        MemoryCheck memory = new MemoryCheck(devices, options.sample());
        for (int stage = 0; stage < whole.programs().size(); stage++) {
            memory.check(whole, List.of(new Place(0, stage)));
        }
        Stopwatch running = Stopwatch.createStarted();
        List<List<SegmentKernels>> stages = new ArrayList<>();
        for (int stage = 0; stage < whole.programs().size(); stage++) {
            request.cancellation().throwIfCancelled("running stage " + stage + " alone");
            List<Place> place = List.of(new Place(0, stage));
            seats.expect(memory.check(whole, place));
            stages.add(run(rest(request, running.elapsed()), meters, place).kernels());
        }
        List<Timeline> out = new ArrayList<>();
        for (int s = 0; s < request.measuredSteps(); s++) {
            int step = s;
            out.add(VirtualTime.around(
                    whole,
                    request.recordSpans(),
                    (stage, chunk, kind) -> stages.get(stage).get(step).times(kind, chunk)));
        }
        return out;
    }

    private static ExecutionRequest rest(ExecutionRequest request, Duration gone) {
        return new ExecutionRequest(
                request.plan(),
                request.warmupSteps(),
                request.measuredSteps(),
                request.recordSpans(),
                request.deadline().map(d -> d.compareTo(gone) > 0 ? d.minus(gone) : Duration.ofNanos(1)),
                request.cancellation());
    }

    /**
     * Sums buffers of ranks in place, as plans do, and waits for the end: for measurements of the collective alone.
     *
     * @param buffers one for each rank, on its device
     * @param length elements to sum
     */
    public void allReduce(List<DeviceBuffer> buffers, int length) {
        new DeviceExchange(devices, options, seats).allReduce(buffers, length);
    }

    @Override
    public void close() {
        seats.close();
    }
}
