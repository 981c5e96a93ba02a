package dev.kneepoint.samples.cli;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what is run on what. */
final class ScenarioOptions {
    @Option(
            names = "--model",
            paramLabel = "NAME|FILE.json",
            description = "a model of the catalog, our JSON, or a Hugging Face config.json")
    @Nullable
    String model;

    @Option(
            names = "--cluster",
            paramLabel = "NAME|FILE.json",
            defaultValue = "dgx-h100",
            description = "a cluster of the catalog or our JSON (default: ${DEFAULT-VALUE})")
    String cluster = "dgx-h100";

    @Option(
            names = "--seq",
            paramLabel = "N",
            defaultValue = "4096",
            description = "tokens per sequence (default: ${DEFAULT-VALUE})")
    int sequenceLength = 4096;

    @Option(
            names = "--precision",
            paramLabel = "bf16|fp16|fp32|fp8",
            defaultValue = "bf16",
            description = "format of the matrix products (default: ${DEFAULT-VALUE})")
    String precision = "bf16";

    @Option(
            names = "--recompute",
            paramLabel = "none|selective|full",
            defaultValue = "none",
            description = "activation recomputation (default: ${DEFAULT-VALUE})")
    String recompute = "none";

    @Option(
            names = "--stack",
            paramLabel = "NAME|FILE.json",
            defaultValue = "torch-fsdp",
            description = "preset of a training framework, or our JSON (default: ${DEFAULT-VALUE})")
    String stack = "torch-fsdp";

    @Option(
            names = "--price",
            paramLabel = "USD_PER_DEVICE_HOUR",
            description = "price of a device-hour (default: the cluster's)")
    @Nullable
    Double price;

    ScenarioOptions() {}

    Scenario scenario(String modelName, int globalBatch) {
        Cluster machines = ClusterCatalog.resolve(cluster);
        if (price != null) {
            machines = machines.withPrice(price, "given by --price");
        }
        TrainingWorkload workload = new TrainingWorkload(
                ModelCatalog.resolve(modelName),
                sequenceLength,
                globalBatch,
                Precision.parse(precision),
                Recompute.parse(recompute),
                Optimizer.ADAMW);
        return Scenario.of(workload, machines, ProfileCatalog.resolveStack(stack));
    }
}
