package dev.kneepoint.backend.nccl;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** What tests need of the machine. Without it they are skipped, and fail with {@code KNEEPOINT_REQUIRE_ALL=1}. */
final class Parts {
    private Parts() {}

    static void need(boolean there, String what) {
        if (!there && "1".equals(System.getenv("KNEEPOINT_REQUIRE_ALL"))) {
            throw new AssertionError(what + " is required here");
        }
        assumeTrue(there, () -> "needs " + what);
    }

    static boolean program(String name) {
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin" + File.pathSeparator
                + "/sbin";
        return Arrays.stream(path.split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder).resolve(name)));
    }

    /** Runs a command of the system; false if it cannot be run or fails. */
    static boolean run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return false;
        }
        return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
