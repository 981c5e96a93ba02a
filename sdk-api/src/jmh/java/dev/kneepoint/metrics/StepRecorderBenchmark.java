package dev.kneepoint.metrics;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/** What does a training loop pay for each step that it records? */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StepRecorderBenchmark {
    private final StepRecorder recorder = StepRecorder.of(
            new TrainingWorkload(
                    ModelCatalog.get("tiny"), 128, 8, Precision.FP32, Recompute.NONE, Optimizer.ADAMW),
            ClusterCatalog.get("local-cpu"),
            1);

    /** One thread: two looks at the clock and a record. */
    @Benchmark
    public void alone() {
        recorder.end(recorder.begin());
    }

    /** Two threads at one recorder. */
    @Benchmark
    @Threads(2)
    public void contended() {
        recorder.end(recorder.begin());
    }
}
