package dev.kneepoint.backend.cpu;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.backend.sim.VirtualTime;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.SampledStep;
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
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/** Runs plans on threads of this machine. Stateless between executions and thread-safe. */
final class CpuBackend implements Backend {
    static final int MAX_RANKS = 256;

    private final CpuOptions options;
    private volatile boolean closed;

    CpuBackend(CpuOptions options) {
        this.options = options;
    }

    @Override
    public Capabilities capabilities() {
        Provenance how = options.virtual() ? Provenance.SIMULATED : Provenance.MEASURED;
        return new Capabilities(how, MAX_RANKS, EnumSet.allOf(Precision.class), true, false);
    }

    @Override
    public Optional<Numerics> numerics() {
        return Optional.of(new CpuNumerics(options.kernel()));
    }

    /** Virtual time has nothing to measure. */
    @Override
    public Optional<CollectiveBench> collectives() {
        return options.virtual() ? Optional.empty() : Optional.of(new CpuBench(options.kernel(), () -> closed));
    }

    @Override
    public ExecutionResult execute(ExecutionRequest request) {
        StepPlan whole = request.plan();
        StepPlan plan = options.sample().cut(whole);
        Refusals.check(plan, options);
        request.cancellation().throwIfCancelled("starting the run");
        CpuRun run;
        try {
            run = new CpuRun(request, plan, options);
        } catch (OutOfMemoryError e) {
            throw new BackendException("the heap has no room for the plan's arrays; raise -Xmx or take fewer ranks", e);
        }
        List<StepGate.Step> steps = run.run();
        List<Timeline> timelines = steps.stream()
                .map(s -> timeline(whole, s, run.fabric(), request.recordSpans()))
                .sorted(Comparator.comparingDouble(t -> t.step().value()))
                .toList();
        Timeline median = timelines.get(StepTimes.medianIndex(timelines.size()));
        return new ExecutionResult(
                times(timelines, request.warmupSteps()),
                median,
                Optional.empty(),
                provenance(whole),
                flags(whole),
                origin(whole));
    }

    private Timeline timeline(StepPlan whole, StepGate.Step step, Fabric fabric, boolean spans) {
        if (options.virtual()) {
            return VirtualTime.of(whole, spans, slowdown(whole, fabric));
        }
        return options.sample().cuts(whole)
                ? new SampledStep(
                                whole,
                                step.ranks().stream().map(RankStep::totals).toList())
                        .timeline()
                : MeasuredStep.timeline(step);
    }

    private double[] slowdown(StepPlan plan, Fabric fabric) {
        double[] out = new double[plan.programs().size()];
        Arrays.fill(out, 1);
        for (int rank = 0; rank < plan.layout().devices(); rank++) {
            int stage = fabric.stage(rank);
            out[stage] = Math.max(out[stage], RankFaults.slowdown(options.faults(), rank));
        }
        return out;
    }

    private static StepTimes times(List<Timeline> sorted, int warmup) {
        double[] seconds = sorted.stream().mapToDouble(t -> t.step().value()).toArray();
        return StepTimes.ofSorted(seconds, warmup);
    }

    private Provenance provenance(StepPlan plan) {
        if (options.virtual()) {
            return Provenance.SIMULATED;
        }
        return options.sample().cuts(plan) ? Provenance.EXTRAPOLATED : Provenance.MEASURED;
    }

    private SortedSet<String> flags(StepPlan plan) {
        ImmutableSortedSet.Builder<String> out = ImmutableSortedSet.naturalOrder();
        if (plan.layout().devices() > Runtime.getRuntime().availableProcessors() && !options.virtual()) {
            out.add("oversubscribed");
        }
        if (options.sample().cuts(plan)) {
            out.add("sampled");
        }
        if (plan.scenario().workload().precision() != Precision.FP32) {
            out.add("computed-in-fp32");
        }
        if (!options.faults().isEmpty()) {
            out.add("faults-injected");
        }
        return out.build();
    }

    private SortedMap<String, String> origin(StepPlan plan) {
        return ImmutableSortedMap.of(
                "backend",
                "cpu",
                "clock",
                options.virtual() ? "virtual" : "wall",
                "device",
                Runtime.getRuntime().availableProcessors() + " cores, " + System.getProperty("os.arch"),
                "hardware",
                options.virtual() ? plan.scenario().hardware().name() : "this machine",
                "kernels",
                options.kernel().label());
    }

    @Override
    public void close() {
        closed = true;
    }
}
