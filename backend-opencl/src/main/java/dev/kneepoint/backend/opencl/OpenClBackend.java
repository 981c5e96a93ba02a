package dev.kneepoint.backend.opencl;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.SampledStep;
import dev.kneepoint.metrics.StepTimes;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.Numerics;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.workload.Precision;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/** Runs plans on OpenCL devices. Confined to one thread at a time. */
final class OpenClBackend implements Backend {
    static final int MAX_RANKS = 64;

    private final OpenClOptions options;
    private final ClSession session;
    private final Seats seats;
    private boolean closed;

    private OpenClBackend(OpenClOptions options, ClSession session) {
        this.options = options;
        this.session = session;
        this.seats = new Seats(session);
    }

    static OpenClBackend open(OpenClOptions options, List<ClDiscovery.Found> devices, ClKernels.Factory factory) {
        return new OpenClBackend(options, ClSession.open(devices, options.cores(), factory));
    }

    /** Buffers that the devices hold for this backend. */
    int buffers() {
        return seats.pool().size();
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(Provenance.MEASURED, MAX_RANKS, EnumSet.allOf(Precision.class), false, false);
    }

    @Override
    public Optional<Numerics> numerics() {
        Seat seat = seats.seat(0);
        return Optional.of(new OpenClNumerics(
                seat.device(), seat.kernels(), seat.queue(StreamKind.COMPUTE), new DeviceExchange(seats)));
    }

    @Override
    public ExecutionResult execute(ExecutionRequest request) {
        if (closed) {
            throw new BackendException("backend opencl is closed; open it again");
        }
        StepPlan whole = request.plan();
        int ranks = whole.layout().devices();
        if (ranks > MAX_RANKS) {
            throw new UnsupportedPlanException("the plan has " + ranks + " ranks; backend opencl runs at most "
                    + MAX_RANKS + ", backend sim any number");
        }
        seats.expect(new MemoryCheck(session, seats.direct(), options.sample()).check(whole));
        request.cancellation().throwIfCancelled("starting the run");
        List<Timeline> timelines;
        try (OpenClRun run = new OpenClRun(request, options.sample().cut(whole), options, seats)) {
            timelines = timelines(whole, run.run());
        }
        Timeline median = timelines.get(StepTimes.medianIndex(timelines.size()));
        double[] seconds = timelines.stream().mapToDouble(t -> t.step().value()).toArray();
        return new ExecutionResult(
                StepTimes.ofSorted(seconds, request.warmupSteps()),
                median,
                Optional.empty(),
                options.sample().cuts(whole) ? Provenance.EXTRAPOLATED : Provenance.MEASURED,
                flags(whole),
                origin(ranks));
    }

    /** By step time. */
    private List<Timeline> timelines(StepPlan whole, StepGate gate) {
        List<Timeline> all = options.sample().cuts(whole)
                ? gate.totals().stream()
                        .map(t -> new SampledStep(whole, t).timeline())
                        .toList()
                : gate.timelines();
        return all.stream()
                .sorted(Comparator.comparingDouble(t -> t.step().value()))
                .toList();
    }

    private SortedSet<String> flags(StepPlan plan) {
        ImmutableSortedSet.Builder<String> out = ImmutableSortedSet.naturalOrder();
        if (session.isOversubscribed(plan.layout().devices())) {
            out.add("oversubscribed");
        }
        if (options.sample().cuts(plan)) {
            out.add("sampled");
        }
        addArithmetic(plan, out);
        return out.build();
    }

    /** How the arithmetic differs from the plan's; both may hold if ranks have different devices. */
    private void addArithmetic(StepPlan plan, ImmutableSortedSet.Builder<String> out) {
        Precision precision = plan.scenario().workload().precision();
        for (int r = 0; r < plan.layout().devices(); r++) {
            if (session.device(r).info().multipliesInHalf(precision)) {
                out.add("only-products-in-fp16");
            } else if (precision != Precision.FP32) {
                out.add("computed-in-fp32");
            }
        }
    }

    private SortedMap<String, String> origin(int ranks) {
        ClDeviceInfo first = session.device(0).info();
        return ImmutableSortedMap.<String, String>naturalOrder()
                .put("backend", "opencl")
                .put("clock", "device profile")
                .put("device", session.describe(ranks))
                .put("driver", first.driver())
                .put("hardware", "this machine")
                .put("opencl", first.version())
                .put("platform", first.platform())
                .build();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            seats.close();
            session.close();
        }
    }
}
