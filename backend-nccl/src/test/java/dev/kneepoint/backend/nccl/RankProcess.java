package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A started {@link RankMain}, or a launcher of several. */
final class RankProcess implements AutoCloseable {
    /** Only against hanging. */
    static final long PATIENCE_SECONDS = 180;

    private final Process process;
    private final Path output;

    private RankProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** The command that runs a rank; nothing in it takes long to start. */
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                RankMain.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    static RankProcess start(Path folder, Map<String, String> environment, List<String> command) throws IOException {
        Path output = Files.createTempFile(folder, "rank", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        return new RankProcess(builder.start(), output);
    }

    Process process() {
        return process;
    }

    String output() throws IOException {
        return Files.readString(output);
    }

    /** The line that begins so, as soon as it is there, without its beginning. */
    String line(String beginning) throws IOException, InterruptedException {
        until(() -> !lines(beginning).isEmpty(), "no line '" + beginning + "'");
        return lines(beginning).getFirst();
    }

    /** What a test waits for. */
    interface Condition {
        boolean holds() throws IOException;
    }

    /** Waits for something that this process brings about, which it cannot when it has ended. */
    void until(Condition condition, String otherwise) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        boolean goesOn = true;
        while (!condition.holds()) {
            if (!goesOn || System.nanoTime() > end) {
                throw new AssertionError(otherwise + " in: " + output());
            }
            // What it did last may not have been seen yet.
            goesOn = process.isAlive();
            Thread.sleep(10);
        }
    }

    /** All lines that begin so, without their beginnings. */
    List<String> lines(String beginning) throws IOException {
        return output().lines()
                .filter(l -> l.startsWith(beginning))
                .map(l -> l.substring(beginning.length()).strip())
                .toList();
    }

    /** Asks it to leave. */
    void leave() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
    }

    /** kill -9. */
    void kill() {
        process.destroyForcibly();
    }

    /** Waits for an end in good order, with no thread left; a process that goes on saying something is not given up. */
    void ends() throws IOException, InterruptedException {
        long said = -1;
        while (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            long now = Files.size(output);
            assertThat(now)
                    .as("silent for " + PATIENCE_SECONDS + " s: " + output())
                    .isGreaterThan(said);
            said = now;
        }
        assertThat(lines("ENDED")).as(output()).containsOnly("[]");
        assertThat(process.exitValue()).as(output()).isZero();
    }

    /**
     * Kills one, and waits for all others, each of which must have been told its rank as the reason, and not have waited for
     * it until they lost patience.
     *
     * @param patience of each of them
     */
    static void endWhenKilled(int victim, List<RankProcess> all, Duration patience) throws Exception {
        long killed = System.nanoTime();
        all.get(victim).kill();
        endWithTheNameOf(victim, all, "");
        assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(patience);
        for (int rank = 0; rank < all.size(); rank++) {
            if (rank != victim) {
                assertThat(all.get(rank).lines("FAILED").getFirst())
                        .as("a closed connection says at once what silence says late")
                        .doesNotContain("silent for");
            }
        }
    }

    /** Waits for all but one, whose rank each of them must have been told as the reason. */
    static void endWithTheNameOf(int victim, List<RankProcess> all, String what) throws Exception {
        for (int rank = 0; rank < all.size(); rank++) {
            if (rank != victim) {
                all.get(rank).ends();
                assertThat(all.get(rank).lines("FAILED"))
                        .as(what + all.get(rank).output())
                        .singleElement()
                        .asString()
                        .contains("rank " + victim);
            }
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.onExit().join();
    }
}
