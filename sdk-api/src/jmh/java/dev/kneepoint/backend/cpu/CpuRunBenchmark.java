package dev.kneepoint.backend.cpu;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What does a unit test pay for a run: for one without any op, and for a step of the catalog's tiny model? */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CpuRunBenchmark {
    private final Backend backend = new CpuProvider().open(Map.of());
    private final StepPlan tiny = plan("fsdp", 2);
    private final StepPlan empty = empty(plan("ddp", 1));

    private static StepPlan plan(String strategy, int devices) {
        TrainingWorkload w = new TrainingWorkload(
                ModelCatalog.get("tiny"), 16, devices, Precision.FP32, Recompute.NONE, Optimizer.ADAMW);
        Scenario s = Scenario.of(w, ClusterCatalog.get("dgx-a100-80gb"), ProfileCatalog.stack("torch-fsdp"));
        Layout layout = ((Feasibility.Feasible) Layout.of(w, ParallelismStrategy.parse(strategy), devices)).layout();
        return PlanCompiler.compile(s, layout);
    }

    private static StepPlan empty(StepPlan plan) {
        List<RankProgram> programs = plan.programs().stream()
                .map(p -> new RankProgram(
                        p.stage(),
                        p.ranks(),
                        p.segments().stream()
                                .map(s -> new Segment(s.kind(), s.chunk(), List.<Block>of()))
                                .toList(),
                        p.order()))
                .toList();
        return new StepPlan(plan.scenario(), plan.layout(), plan.groups(), programs, plan.memory());
    }

    /**
     * A plan of one rank without ops.
     *
     * @return the result
     */
    @Benchmark
    public ExecutionResult emptyPlan() {
        return backend.execute(ExecutionRequest.of(empty));
    }

    /**
     * A step of the tiny model (3.7 M parameters, 16 tokens per rank) on two ranks.
     *
     * @return the result
     */
    @Benchmark
    public ExecutionResult tinyPlan() {
        return backend.execute(ExecutionRequest.of(tiny));
    }
}
