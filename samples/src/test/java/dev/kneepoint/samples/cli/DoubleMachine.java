package dev.kneepoint.samples.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kneepoint.backend.cuda.DoubleBuild;
import dev.kneepoint.backend.cuda.Programs;
import dev.kneepoint.backend.nccl.NcclDoubleBuild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A machine with GPUs, which are doubles of the CUDA driver and of NCCL, for programs that run as processes of their own. */
final class DoubleMachine {
    private static final long LONGEST_SECONDS = 400;
    private static final String GPU = "device 85899345920 80 108 0 Double A100\n";

    private final Path folder;
    private final Map<String, String> environment = new HashMap<>();

    /**
     * A machine; the first one compiles the doubles, which takes some ten seconds.
     *
     * @param gpus how many
     * @param folder where its processes leave what they say
     */
    DoubleMachine(int gpus, Path folder) {
        this.folder = folder;
        needCompiler();
        environment.put("LD_LIBRARY_PATH", DoubleBuild.library().getParent().toString());
        environment.put("KNEEPOINT_NCCL", NcclDoubleBuild.library().toString());
        environment.put("CUDA_DOUBLE", GPU.repeat(gpus) + "driver 12060\npeers 1\npools 1\norder late\nseed 1");
    }

    private static void needCompiler() {
        boolean all = Programs.missing("gcc", "g++", "nm").isEmpty();
        if (!all && "1".equals(System.getenv("KNEEPOINT_REQUIRE_ALL"))) {
            throw new AssertionError("gcc, g++ and nm are required here");
        }
        assumeTrue(all, "needs gcc, g++ and nm");
    }

    /** A process under way. */
    record Started(Process process, Path out, Path err) {
        /** Waits for its end. */
        CliRun ended() throws IOException, InterruptedException {
            if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("no end within " + LONGEST_SECONDS + " s: " + Files.readString(err));
            }
            return new CliRun(process.exitValue(), Files.readString(out), Files.readString(err));
        }
    }

    /** Starts a program. */
    Started start(Map<String, String> more, Class<?> program, String... arguments) throws IOException {
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx1g",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(environment);
        builder.environment().putAll(more);
        return new Started(builder.start(), out, err);
    }

    /** Runs the command line in as many processes as a launcher would start with one for each of so many GPUs. */
    List<CliRun> run(int processes, int port, String... arguments) throws IOException, InterruptedException {
        List<Started> all = new ArrayList<>();
        try {
            for (int rank = 0; rank < processes; rank++) {
                Map<String, String> place = Map.of(
                        "RANK", Integer.toString(rank),
                        "WORLD_SIZE", Integer.toString(processes),
                        "LOCAL_RANK", Integer.toString(rank),
                        "LOCAL_WORLD_SIZE", Integer.toString(processes),
                        "MASTER_ADDR", "127.0.0.1",
                        "MASTER_PORT", Integer.toString(port));
                all.add(start(place, KneepointCli.class, arguments));
            }
            List<CliRun> ended = new ArrayList<>();
            for (Started one : all) {
                ended.add(one.ended());
            }
            return ended;
        } finally {
            all.forEach(s -> s.process().destroyForcibly());
        }
    }
}
