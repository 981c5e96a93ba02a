package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DeviceEngine;
import dev.kneepoint.metrics.Energy;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.StepTimes;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.DeviceFigure;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.Numerics;
import dev.kneepoint.workload.Precision;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/** Runs plans on NVIDIA GPUs. Confined to one thread at a time. */
final class CudaBackend implements Backend {
    private final CudaOptions options;
    private final BlasLibraries blas;
    private final CudaSession session;
    private final Boards boards;
    private final DeviceEngine engine;
    private final CudaReport report;
    private boolean closed;

    private CudaBackend(CudaOptions options, BlasLibraries blas, CudaSession session, Boards boards) {
        this.options = options;
        this.blas = blas;
        this.session = session;
        this.boards = boards;
        this.engine = new DeviceEngine(session, options.engine());
        this.report = new CudaReport(session, boards);
    }

    static CudaBackend open(
            CudaOptions options,
            List<CudaDeviceInfo> devices,
            LibraryLookup<CublasLibrary> cublas,
            LibraryLookup<NvmlLibrary> nvml) {
        BlasLibraries blas = BlasLibraries.of(cublas, devices);
        return new CudaBackend(
                options,
                blas,
                CudaSession.open(devices, options.engine().timeout(), blas, options.tensorFloat()),
                Boards.open(nvml, devices));
    }

    /** Buffers that the devices hold for this backend. */
    int buffers() {
        return engine.buffers();
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                Provenance.MEASURED, DeviceEngine.MAX_RANKS, EnumSet.allOf(Precision.class), false, boards.answer());
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
        try (BoardMeter meter = boards.meter(plan.layout().devices())) {
            StepLaunches launches = StepLaunches.of(options.graphs());
            List<Timeline> timelines = engine.run(request, meter, launches.meter());
            double[] seconds =
                    timelines.stream().mapToDouble(t -> t.step().value()).toArray();
            Arithmetic arithmetic = new Arithmetic(
                    plan.scenario().workload().precision(), blas, options.tensorFloat(), engine.quantised(plan));
            Timeline median = timelines.get(StepTimes.medianIndex(timelines.size()));
            return new ExecutionResult(
                    StepTimes.ofSorted(seconds, request.warmupSteps()),
                    median,
                    energy(plan, median, meter),
                    options.engine().provenance(plan),
                    flags(plan, meter, arithmetic),
                    report.origin(plan, ranks(plan), meter, arithmetic)
                            .putAll(launches.origin(plan.programs().size()))
                            .put("backend", "cuda")
                            .put("hardware", "this machine")
                            .build());
        }
    }

    private void throwIfClosed() {
        if (closed) {
            throw new BackendException("backend cuda is closed; open it again");
        }
    }

    /** {@inheritDoc} Figures of the first of its devices. */
    @Override
    public List<DeviceFigure> measure(Duration budget, CancellationToken cancellation) {
        throwIfClosed();
        return DeviceFigures.measure(
                new FigureSubject(session.device(0), session.kernels(0), blas.cublas(), boards, 1),
                budget,
                cancellation);
    }

    private Optional<Energy> energy(StepPlan plan, Timeline median, BoardMeter meter) {
        // Ranks that run alone never wait for others, which takes less power.
        return options.engine().alone() ? Optional.empty() : CudaRun.energy(plan, median, meter.watts());
    }

    private int ranks(StepPlan plan) {
        return options.engine().alone() ? 1 : plan.layout().devices();
    }

    private SortedSet<String> flags(StepPlan plan, BoardMeter meter, Arithmetic arithmetic) {
        boolean alone = options.engine().alone();
        ImmutableSortedSet.Builder<String> out = ImmutableSortedSet.naturalOrder();
        out.addAll(report.flags(plan, ranks(plan), meter, arithmetic));
        out.addAll(options.engine().flags(plan, session.size()));
        if (!alone && plan.layout().devices() > 1 && !session.direct()) {
            out.add("staged-through-host");
        }
        return out.build();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            try (Cleanup cleanup = new Cleanup()) {
                cleanup.then(engine::close);
                cleanup.then(session::close);
                cleanup.then(boards::close);
            }
        }
    }
}
