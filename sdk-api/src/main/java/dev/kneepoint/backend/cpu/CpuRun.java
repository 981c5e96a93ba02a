package dev.kneepoint.backend.cpu;

import dev.kneepoint.backend.host.RunLimits;
import dev.kneepoint.backend.host.RunThreads;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ExecutionRequest;
import java.util.List;

/** Runs all ranks of a plan, watches over them, and leaves no thread behind. Used once. */
final class CpuRun {
    private final ExecutionRequest request;
    private final int ranks;
    private final RunControl control;
    private final Fabric fabric;
    private final StepGate gate;
    private final Watchdog watchdog;
    private final RunThreads threads;

    CpuRun(ExecutionRequest request, StepPlan plan, CpuOptions options) {
        this.ranks = plan.layout().devices();
        this.request = request;
        this.control = new RunControl(ranks, ranks <= Runtime.getRuntime().availableProcessors());
        this.fabric = new Fabric(plan, control, options.kernel());
        this.gate = new StepGate(control, ranks, request.warmupSteps() + request.measuredSteps());
        this.watchdog = new Watchdog(control, options.timeout().toNanos());
        this.threads = new RunThreads(ranks);
        for (int r = 0; r < ranks; r++) {
            RankRun rank = new RankRun(r, plan, options, control, fabric, gate, request.recordSpans());
            threads.add("kneepoint-cpu-rank-" + r, rank::run);
        }
    }

    Fabric fabric() {
        return fabric;
    }

    /** Runs to the end; the measured steps. */
    List<StepGate.Step> run() {
        threads.run(new RunLimits(request, this::where), control, watchdog::look, () -> {});
        BackendException failure = control.failure();
        if (failure != null) {
            throw failure;
        }
        return gate.steps().subList(request.warmupSteps(), gate.steps().size());
    }

    private String where() {
        return ranks + " ranks on the cpu"
                + watchdog.describe().map(d -> "; " + d).orElse("");
    }
}
