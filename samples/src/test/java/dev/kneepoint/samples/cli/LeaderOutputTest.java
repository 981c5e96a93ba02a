package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.probe.PlanDraw;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.workload.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands in a run of several processes: one prints and writes, the others do the same work in silence. */
class LeaderOutputTest {
    @TempDir
    private Path folder;

    private Backend sim;
    private RehearsedBackend leader;

    @BeforeEach
    void open() {
        sim = Kneepoint.create().backends().open("sim", Map.of());
        leader = RehearsedBackend.leading(sim);
    }

    @AfterEach
    void close() {
        sim.close();
    }

    private interface Work<C> {
        int on(C command, Backend open) throws Exception;
    }

    private static <C> CliRun run(C command, Backend open, Work<C> work, String... args) {
        return CliRun.of(command, c -> work.on(c, open), args);
    }

    private CliRun study(Backend open, Path out) {
        return run(
                new StudyCommand(),
                open,
                (c, b) -> c.on(
                        b,
                        Kneepoint.create()
                                .study(new ScenarioOptions().scenario("llama2-7b", 16))
                                .strategies("fsdp", "fsdp,tp=2")
                                .strong(16)
                                .devices(List.of(8, 16))),
                "--model",
                "llama2-7b",
                "--global-batch",
                "16",
                "--out",
                out.toString());
    }

    private CliRun calibrate(Backend open, String seconds, Path out) {
        return run(
                new CalibrateCommand(),
                open,
                (c, b) -> c.on(b, List.of()),
                "--backend",
                "sim",
                "--time",
                seconds,
                "--out",
                out.toString());
    }

    private CliRun selfCheck(Backend open, Path out) {
        return run(
                new SelfCheckCommand(),
                open,
                (c, b) -> c.on(
                        b,
                        new CalibrationOptions().base(),
                        Optional.empty(),
                        PlanDraw.draw(1, 3, 2, Precision.FP32, 1)),
                "--backend",
                "sim",
                "--time",
                "1",
                "--rounds",
                "2",
                "--out",
                out.toString());
    }

    private static void silent(CliRun run) {
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEmpty();
    }

    @Test
    void study_isPrintedAndWrittenByOneProcess() {
        CliRun led = study(leader, folder.resolve("led"));
        assertThat(led.code()).as(led.err()).isZero();
        assertThat(led.out()).contains("Verdict:");
        assertThat(led.err()).contains("study: 4/4");
        assertThat(folder.resolve("led").resolve("study.json")).exists();
        assertThat(folder.resolve("led").resolve("report.html")).exists();
        RehearsedBackend other = leader.following();
        silent(study(other, folder.resolve("other")));
        assertThat(other.isThrough()).isTrue();
        assertThat(folder.resolve("other")).doesNotExist();
    }

    @Test
    void calibrate_goesByTheClockOfTheProcessThatLeads() {
        CliRun led = calibrate(leader, "1", folder.resolve("led.json"));
        assertThat(led.code()).as(led.err()).isZero();
        assertThat(led.out()).contains("profile written to");
        assertThat(folder.resolve("led.json")).exists();
        RehearsedBackend other = leader.following();
        // Three seconds are as short as one for the length of probes, and would be more rounds.
        silent(calibrate(other, "3", folder.resolve("other.json")));
        assertThat(other.isThrough()).isTrue();
        assertThat(folder.resolve("other.json")).doesNotExist();
    }

    @Test
    void selfcheck_isPrintedAndWrittenByOneProcess() {
        CliRun led = selfCheck(leader, folder.resolve("led.json"));
        assertThat(led.code()).as(led.err()).isZero();
        assertThat(led.out()).contains("90th percentile");
        assertThat(folder.resolve("led.json")).exists();
        RehearsedBackend other = leader.following();
        silent(selfCheck(other, folder.resolve("other.json")));
        assertThat(other.isThrough()).isTrue();
        assertThat(folder.resolve("other.json")).doesNotExist();
    }

    @Test
    void fileThatCannotBeWritten_failsAllProcessesBeforeTheWork() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "here");
        CliRun led = study(leader, file.resolve("below"));
        assertThat(led.code()).isEqualTo(1);
        assertThat(led.err()).contains("cannot write").doesNotContain("study: 1/4");
        CliRun other = study(leader.following(), folder.resolve("other"));
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err())
                .isEqualTo("kneepoint: the process that leads cannot write "
                        + folder.resolve("other").resolve("report.html") + ", and says why" + System.lineSeparator());
        assertThat(folder.resolve("other")).doesNotExist();
    }
}
