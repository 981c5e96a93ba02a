package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.report.RunJson;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A training step of many devices of which one device runs its own work: measured compute, simulated communication.
 *
 * @param model name in the catalog
 * @param length tokens of a sequence
 * @param strategy in its text form
 * @param devices of the whole step
 * @param batch sequences of the whole step
 */
record StrategySample(String model, int length, String strategy, int devices, int batch) {
    /** Whose network is simulated where no other is given. */
    static final String CLUSTER = "dgx-h100";

    private static final int LENGTH = 4096;
    private static final int WARM_UP = 1;
    private static final int STEPS = 3;

    /** Strategies of Llama-2 at their usual sizes. */
    static final List<StrategySample> LLAMA = List.of(
            new StrategySample("llama2-7b", LENGTH, "fsdp,mb=1", 8, 16),
            new StrategySample("llama2-7b", LENGTH, "fsdp,mb=1", 64, 128),
            new StrategySample("llama2-7b", LENGTH, "fsdp,mb=1", 512, 1024),
            new StrategySample("llama2-7b", LENGTH, "fsdp,tp=2,mb=1", 64, 64),
            new StrategySample("llama2-70b", LENGTH, "tp=8,pp=4,mb=1", 32, 16),
            new StrategySample("llama2-70b", LENGTH, "fsdp,tp=8,mb=1", 64, 16));

    /** Options under which a backend on devices runs one layer of one rank of every stage, over two micro-batches. */
    static Map<String, String> options(String backend) {
        return Map.of(backend + ".ranks", "one-per-stage", backend + ".layers", "1", backend + ".micro-batches", "2");
    }

    /** For people. */
    String label() {
        return model + ", " + strategy + " on " + devices + " devices";
    }

    /**
     * Runs it.
     *
     * @param open opened with {@link #options}
     * @param cluster whose network is simulated
     * @return {@code kneepoint.run/1}
     */
    String run(Backend open, Cluster cluster, Duration most, CancellationToken cancellation) {
        TrainingWorkload workload = new TrainingWorkload(
                ModelCatalog.get(model), length, batch, Precision.BF16, Recompute.NONE, Optimizer.ADAMW);
        Scenario scenario = Scenario.of(workload, cluster, ProfileCatalog.resolveStack("torch-fsdp"));
        StepPlan plan = Kneepoint.create().plan(scenario, ParallelismStrategy.parse(strategy), devices);
        ScalingMetrics metrics = Kneepoint.metrics(
                plan, open.execute(new ExecutionRequest(plan, WARM_UP, STEPS, false, Optional.of(most), cancellation)));
        StringWriter json = new StringWriter();
        RunJson.write(plan, metrics, json);
        return json.toString();
    }
}
