package dev.kneepoint.samples.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How often a step is run. */
final class RepetitionOptions {
    private static final int STEPS = 5;
    private static final int WARMUP = 2;

    @Option(names = "--steps", paramLabel = "N", description = "measured steps (default: 5; 1 with --backend sim)")
    @Nullable
    Integer steps;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            description = "steps before them, left out (default: 2; none with --backend sim)")
    @Nullable
    Integer warmup;

    RepetitionOptions() {}

    int steps(String backend) {
        return steps == null ? isSimulated(backend) ? 1 : STEPS : steps;
    }

    int warmup(String backend) {
        return warmup == null ? isSimulated(backend) ? 0 : WARMUP : warmup;
    }

    /** A simulated step is the same every time. */
    private static boolean isSimulated(String backend) {
        return backend.equals("sim");
    }
}
