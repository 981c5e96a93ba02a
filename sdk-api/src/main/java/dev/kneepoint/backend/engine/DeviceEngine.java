package dev.kneepoint.backend.engine;

import dev.kneepoint.metrics.SampledStep;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.Numerics;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.util.Comparator;
import java.util.List;

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
        StepPlan whole = request.plan();
        int ranks = whole.layout().devices();
        if (ranks > MAX_RANKS) {
            throw new UnsupportedPlanException("the plan has " + ranks + " ranks; backend " + options.backend()
                    + " runs at most " + MAX_RANKS + ", backend sim any number");
        }
        seats.expect(new MemoryCheck(devices, options.sample()).check(whole));
        request.cancellation().throwIfCancelled("starting the run");
        try (EngineRun run = new EngineRun(request, meter, options.sample().cut(whole), options, devices, seats)) {
            StepGate gate = run.run();
            List<Timeline> all = options.sample().cuts(whole)
                    ? gate.totals().stream()
                            .map(t -> new SampledStep(whole, t).timeline())
                            .toList()
                    : gate.timelines();
            return all.stream()
                    .sorted(Comparator.comparingDouble(t -> t.step().value()))
                    .toList();
        }
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
