package dev.kneepoint.samples.cli;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.nio.file.Path;
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
            description =
                    "a cluster of the catalog or our JSON (default: dgx-h100; local-cpu with --backend cpu or opencl)")
    @Nullable
    String cluster;

    @Option(
            names = "--seq",
            paramLabel = "N",
            description = "tokens per sequence (default: 4096; 128 with --backend cpu or opencl)")
    @Nullable
    Integer sequenceLength;

    @Option(
            names = "--precision",
            paramLabel = "bf16|fp16|fp32|fp8",
            description = "format of the matrix products (default: bf16; fp32 with --backend cpu or opencl)")
    @Nullable
    String precision;

    @Option(
            names = "--recompute",
            paramLabel = "none|selective|full",
            defaultValue = "none",
            description = "activation recomputation (default: ${DEFAULT-VALUE})")
    String recompute = "none";

    @Option(
            names = "--stack",
            paramLabel = "NAME|FILE.json",
            description =
                    "preset of a training framework, or our JSON (default: torch-fsdp; cpu-threads with --backend cpu"
                            + " or opencl)")
    @Nullable
    String stack;

    @Option(
            names = "--price",
            paramLabel = "USD_PER_DEVICE_HOUR",
            description = "price of a device-hour (default: the cluster's)")
    @Nullable
    Double price;

    @Option(
            names = "--profile",
            paramLabel = "FILE.json",
            description = "a machine that calibrate measured; stands for --cluster, --stack and --precision")
    @Nullable
    Path profile;

    /** Whether the machine itself is what is studied, which other defaults suit. */
    private boolean local;

    ScenarioOptions() {}

    /** Chooses defaults for a backend. */
    ScenarioOptions on(String backend) {
        local = backend.equals("cpu") || backend.equals("opencl");
        return this;
    }

    /** The cluster asked for, or the default. */
    Cluster cluster() {
        if (profile != null) {
            return MachineProfile.read(profile).cluster();
        }
        String otherwise = local ? "local-cpu" : "dgx-h100";
        return ClusterCatalog.resolve(cluster == null ? otherwise : cluster);
    }

    Scenario scenario(String modelName, int globalBatch) {
        if (price != null && !(price >= 0 && price < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("--price takes dollars of at least 0, not " + AboveZero.plain(price));
        }
        return profile == null ? assumed(modelName, globalBatch) : calibrated(profile, modelName, globalBatch);
    }

    private Scenario calibrated(Path file, String modelName, int globalBatch) {
        if (cluster != null || stack != null || precision != null) {
            throw new IllegalArgumentException(
                    "--profile stands for --cluster, --stack and --precision; give it or them, not both");
        }
        MachineProfile machine = MachineProfile.read(file);
        Cluster priced = price == null ? machine.cluster() : machine.cluster().withPrice(price, "given by --price");
        return new Scenario(
                workload(modelName, globalBatch, machine.precision()), priced, machine.hardware(), machine.stack());
    }

    private Scenario assumed(String modelName, int globalBatch) {
        Cluster machines = cluster();
        if (price != null) {
            machines = machines.withPrice(price, "given by --price");
        }
        return Scenario.of(
                workload(
                        modelName,
                        globalBatch,
                        Precision.parse(precision == null ? local ? "fp32" : "bf16" : precision)),
                machines,
                ProfileCatalog.resolveStack(stack == null ? local ? "cpu-threads" : "torch-fsdp" : stack));
    }

    private TrainingWorkload workload(String modelName, int globalBatch, Precision format) {
        return new TrainingWorkload(
                ModelCatalog.resolve(modelName),
                sequenceLength == null ? local ? 128 : 4096 : sequenceLength,
                globalBatch,
                format,
                Recompute.parse(recompute),
                Optimizer.ADAMW);
    }
}
