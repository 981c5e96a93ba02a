package dev.kneepoint.benchmark;

import dev.kneepoint.backend.sim.SimProvider;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Plan and simulation of a step of Llama 2 70B on 2,048 H100: TP 8, PP 8, 64 micro-batches. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class SimulationBenchmark {
    private static final int DEVICES = 2048;

    private final Scenario scenario = Scenario.of(
            TrainingWorkload.bf16(ModelCatalog.get("llama2-70b"), 4096, 64 * DEVICES / 64),
            ClusterCatalog.get("dgx-h100"),
            ProfileCatalog.stack("megatron-core-2024"));
    private final Layout layout = layout();
    private final Backend backend = new SimProvider().open(Map.of());

    private Layout layout() {
        ParallelismStrategy strategy = ParallelismStrategy.parse("zero1,tp=8,pp=8,mb=1");
        if (Layout.of(scenario.workload(), strategy, DEVICES) instanceof Feasibility.Feasible f) {
            return f.layout();
        }
        throw new AssertionError("the benchmark's layout must be feasible");
    }

    /**
     * One step.
     *
     * @return what the backend says
     */
    @Benchmark
    public ExecutionResult step() {
        return backend.execute(ExecutionRequest.of(PlanCompiler.compile(scenario, layout)));
    }
}
