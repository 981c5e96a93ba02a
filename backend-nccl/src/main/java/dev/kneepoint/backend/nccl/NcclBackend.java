package dev.kneepoint.backend.nccl;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.backend.cuda.CudaRun;
import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DistributedEngine;
import dev.kneepoint.backend.engine.QuantisedProducts;
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
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** Runs plans together with the other processes of the run. Confined to one thread at a time. */
final class NcclBackend implements Backend {
    private static final Logger LOG = System.getLogger(NcclBackend.class.getName());

    private final NcclOptions options;
    private final NcclLibrary library;
    private final NcclStart start;
    private final DistributedEngine engine;
    private boolean closed;

    private NcclBackend(NcclOptions options, NcclLibrary library, NcclStart start) {
        this.options = options;
        this.library = library;
        this.start = start;
        this.engine = new DistributedEngine(start.host().devices(), options.engine(), start.network());
    }

    static NcclBackend open(NcclOptions options, NcclLibrary library) {
        return new NcclBackend(options, library, NcclStart.of(options, library));
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                Provenance.MEASURED,
                start.network().size(),
                EnumSet.allOf(Precision.class),
                false,
                start.host().measuresPower());
    }

    @Override
    public boolean leads() {
        return start.membership().rank() == 0;
    }

    @Override
    public boolean decide(boolean own) {
        throwIfClosed();
        return exchange(new byte[] {(byte) (own ? 1 : 0)}).getFirst()[0] != 0;
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

    private void throwIfClosed() {
        if (closed) {
            throw new BackendException("backend nccl is closed; open it again");
        }
    }

    @Override
    public ExecutionResult execute(ExecutionRequest request) {
        throwIfClosed();
        StepPlan plan = request.plan();
        int ranks = (int) start.network().local().stream()
                .filter(rank -> rank < plan.layout().devices())
                .count();
        try (CudaRun run = start.host().watch(ranks)) {
            List<Timeline> timelines = engine.run(request, run.meter());
            double[] seconds =
                    timelines.stream().mapToDouble(t -> t.step().value()).toArray();
            Timeline median = timelines.get(StepTimes.medianIndex(timelines.size()));
            QuantisedProducts quantised = engine.quantised(plan);
            List<ProcessReport> all = share(
                    new ProcessReport(ranks, run.watts(), run.flags(plan, quantised), run.origin(plan, quantised)));
            return new ExecutionResult(
                    StepTimes.ofSorted(seconds, request.warmupSteps()),
                    median,
                    CudaRun.energy(plan, median, ProcessReport.watts(all)),
                    Provenance.MEASURED,
                    ProcessReport.flags(all),
                    origin(median, all));
        } catch (BackendException e) {
            writeFlight();
            throw e;
        }
    }

    /** The reports of all processes that ran ranks. */
    private List<ProcessReport> share(ProcessReport mine) {
        return exchange(mine.toBytes()).stream()
                .map(ProcessReport::of)
                .filter(r -> r.ranks() > 0)
                .toList();
    }

    private List<byte[]> exchange(byte[] mine) {
        try {
            return start.network().exchange(mine, false);
        } catch (BackendException e) {
            throw start.network().end(e);
        }
    }

    private ImmutableSortedMap<String, String> origin(Timeline median, List<ProcessReport> all) {
        ImmutableSortedMap.Builder<String, String> out = ImmutableSortedMap.naturalOrder();
        out.putAll(ProcessReport.origin(all));
        return out.putAll(RankSpread.of(median).origin())
                .put("backend", "nccl")
                .put("nccl", library.version().toString())
                .put("processes", start.describe())
                .build();
    }

    /** What the ranks of this process did last, for whoever looks for the reason. */
    private void writeFlight() {
        if (options.flightRecord().isEmpty() || !start.failure().isKnown()) {
            return;
        }
        List<String> files = new ArrayList<>();
        for (int rank : start.network().local()) {
            try {
                files.add(start.failure()
                        .of(rank)
                        .write(options.flightRecord().get())
                        .toString());
            } catch (IOException e) {
                LOG.log(Level.WARNING, "the last ops of rank " + rank + " cannot be written: " + e.getMessage());
            }
        }
        LOG.log(Level.INFO, "the last ops of this process are in " + files);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            try (Cleanup cleanup = new Cleanup()) {
                cleanup.then(engine::close);
                cleanup.then(start::close);
            }
        }
    }
}
