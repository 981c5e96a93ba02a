package dev.kneepoint.backend.nccl;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kneepoint.backend.cuda.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

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
        return Programs.isThere(name)
                || Stream.of("/usr/sbin", "/sbin")
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
