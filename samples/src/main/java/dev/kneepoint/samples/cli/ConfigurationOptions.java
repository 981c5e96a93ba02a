package dev.kneepoint.samples.cli;

import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.ParallelismStrategy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The options that choose one configuration. */
final class ConfigurationOptions {
    @Option(names = "--strategy", paramLabel = "SPEC", defaultValue = "fsdp", description = "default: ${DEFAULT-VALUE}")
    String strategy = "fsdp";

    @Option(names = "--global-batch", paramLabel = "N", description = "sequences per step")
    @Nullable
    Integer globalBatch;

    @Option(names = "--local-batch", paramLabel = "N", description = "sequences per device and step (default: 1)")
    @Nullable
    Integer localBatch;

    @Option(names = "--micro-batch", paramLabel = "N", description = "sequences per micro-batch (default: 1)")
    @Nullable
    Integer microBatch;

    ConfigurationOptions() {}

    ParallelismStrategy strategy() {
        ParallelismStrategy parsed = ParallelismStrategy.parse(strategy);
        if (microBatch == null || parsed.microBatch().isPresent()) {
            return parsed;
        }
        return parsed.toBuilder().microBatch(microBatch).build();
    }

    Scenario scenario(ScenarioOptions options, int devices, CommandLine line) {
        if (options.model == null) {
            throw new CommandLine.ParameterException(line, "--model is needed; `kneepoint models` lists the catalog");
        }
        if (globalBatch != null && localBatch != null) {
            throw new CommandLine.ParameterException(line, "give --global-batch or --local-batch, not both");
        }
        int local = localBatch == null ? 1 : localBatch;
        return options.scenario(options.model, globalBatch == null ? Math.multiplyExact(local, devices) : globalBatch);
    }
}
