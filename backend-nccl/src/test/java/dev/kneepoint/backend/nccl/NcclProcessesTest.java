package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cuda.CudaDouble;
import dev.kneepoint.backend.cuda.DoubleConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks as processes on the double. */
@RequiresGcc
class NcclProcessesTest {
    @TempDir
    private Path folder;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void noneIsLeft() {
        processes.forEach(Process::destroyForcibly);
    }

    private void start(int size, String... more) throws IOException {
        // Compiled once, before all of them want it.
        CudaDouble.reset(DoubleConfig.of(1));
        NcclDouble.path();
        for (int rank = 0; rank < size; rank++) {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    RankProgram.class.getName(),
                    Integer.toString(rank),
                    Integer.toString(size),
                    folder.resolve("id").toString()));
            command.addAll(List.of(more));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("NCCL_DOUBLE", "late 1");
            processes.add(builder.start());
        }
    }

    private static String said(Process process) throws IOException, InterruptedException {
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return said.strip();
    }

    /** The double says on stderr what was not destroyed. */
    private void allAreRight(int size) throws IOException, InterruptedException {
        start(size);
        for (Process process : processes) {
            assertThat(said(process)).isEqualTo("right");
            assertThat(process.exitValue()).isZero();
        }
    }

    @Test
    void two_haveTheRightResults() throws IOException, InterruptedException {
        allAreRight(2);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8})
    void more_haveTheRightResults(int size) throws IOException, InterruptedException {
        allAreRight(size);
    }

    private void endsWhenTheLastIsKilled(int size) throws IOException, InterruptedException {
        start(size, "die");
        Process last = processes.getLast();
        try (BufferedReader reader = last.inputReader(StandardCharsets.UTF_8)) {
            assertThat(reader.readLine()).isEqualTo("begun");
            last.destroyForcibly().waitFor();
        }
        for (Process process : processes.subList(0, size - 1)) {
            assertThat(said(process).lines())
                    .containsExactly(
                            "begun",
                            "NCCL: a collective failed with ncclRemoteError (6): another rank or its process failed:"
                                    + " rank " + (size - 1) + " is gone");
            assertThat(process.exitValue()).isZero();
        }
    }

    @Test
    void aKilledProcess_endsTheOther() throws IOException, InterruptedException {
        endsWhenTheLastIsKilled(2);
    }

    @Test
    @Tag("long")
    void aKilledProcess_endsAllOthers() throws IOException, InterruptedException {
        endsWhenTheLastIsKilled(4);
    }
}
