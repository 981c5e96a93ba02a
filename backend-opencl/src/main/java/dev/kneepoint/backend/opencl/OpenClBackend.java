package dev.kneepoint.backend.opencl;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.backend.engine.DeviceEngine;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.StepTimes;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.Numerics;
import dev.kneepoint.workload.Precision;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/** Runs plans on OpenCL devices. Confined to one thread at a time. */
final class OpenClBackend implements Backend {
    private final OpenClOptions options;
    private final ClSession session;
    private final DeviceEngine engine;
    private boolean closed;

    private OpenClBackend(OpenClOptions options, ClSession session) {
        this.options = options;
        this.session = session;
        this.engine = new DeviceEngine(session, options.engine());
    }

    static OpenClBackend open(OpenClOptions options, List<ClDiscovery.Found> devices, KernelFactory factory) {
        return new OpenClBackend(options, ClSession.open(devices, options.cores(), factory));
    }

    /** Buffers that the devices hold for this backend. */
    int buffers() {
        return engine.buffers();
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                Provenance.MEASURED, DeviceEngine.MAX_RANKS, EnumSet.allOf(Precision.class), false, false);
    }

    @Override
    public Optional<Numerics> numerics() {
        return Optional.of(engine.numerics());
    }

    @Override
    public Optional<CollectiveBench> collectives() {
        throwIfClosed();
        return Optional.of(engine.collectives());
    }

    @Override
    public ExecutionResult execute(ExecutionRequest request) {
        throwIfClosed();
        StepPlan plan = request.plan();
        List<Timeline> timelines = engine.run(request);
        double[] seconds = timelines.stream().mapToDouble(t -> t.step().value()).toArray();
        return new ExecutionResult(
                StepTimes.ofSorted(seconds, request.warmupSteps()),
                timelines.get(StepTimes.medianIndex(timelines.size())),
                Optional.empty(),
                options.engine().provenance(plan),
                flags(plan),
                origin(plan.layout().devices()));
    }

    private void throwIfClosed() {
        if (closed) {
            throw new BackendException("backend opencl is closed; open it again");
        }
    }

    private SortedSet<String> flags(StepPlan plan) {
        ImmutableSortedSet.Builder<String> out = ImmutableSortedSet.naturalOrder();
        out.addAll(options.engine().flags(plan, session.devices().size()));
        if (!options.engine().alone() && session.sharesCores(plan.layout().devices())) {
            out.add("oversubscribed");
        }
        addArithmetic(plan, out);
        return out.build();
    }

    /** How the arithmetic differs from the plan's; both may hold if ranks have different devices. */
    private void addArithmetic(StepPlan plan, ImmutableSortedSet.Builder<String> out) {
        Precision precision = plan.scenario().workload().precision();
        for (int r = 0; r < plan.layout().devices(); r++) {
            if (session.device(r).formats(precision).rounds()) {
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
            engine.close();
            session.close();
        }
    }
}
