package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code calibrate}, {@code selfcheck}, and the commands that take a profile, in virtual time. */
class CalibrateCommandTest {
    @TempDir
    private Path folder;

    private static CliRun run(String command, Path out, String... more) {
        List<String> args = new ArrayList<>(List.of(command, "--out", out.toString(), "--time", "1"));
        args.addAll(List.of(more));
        return CliRun.of(args.toArray(String[]::new));
    }

    private Path profile() {
        Path file = folder.resolve("profile.json");
        CliRun run = run("calibrate", file, "--backend", "sim", "--quiet");
        assertThat(run.code()).as(run.err()).isZero();
        return file;
    }

    @Test
    void calibrate_writesAProfileAndPrintsResiduals() throws IOException {
        Path file = folder.resolve("new").resolve("profile.json");
        CliRun run = run("calibrate", file, "--backend", "sim");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .containsPattern("matmul +\\d+ +\\d+\\.\\d %")
                .contains("state/all-reduce", "micro-batches through a pipeline", "best product")
                .contains("profile written to " + file);
        assertThat(run.err()).contains("calibrate: 100/100");
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        assertThat(json.path("schema").asText()).isEqualTo("kneepoint.profile/1");
        assertThat(json.path("precision").asText()).isEqualTo("fp32");
        assertThat(json.path("device")
                        .path("probed")
                        .path("memory")
                        .path("norm")
                        .path("near_gb_s")
                        .asDouble())
                .isPositive();
        assertThat(json.path("cluster")
                        .path("accelerator")
                        .path("peaks_tflops")
                        .path("fp32")
                        .asDouble())
                .isPositive();
        assertThat(json.path("origin").path("backend").asText()).isEqualTo("sim");
    }

    @Test
    void commandsThatPlan_takeTheProfile() {
        String file = profile().toString();
        CliRun run = CliRun.of("run", "--model", "small", "--seq", "64", "--profile", file, "--devices", "2");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("small on 2 x cpu-core");
        CliRun both =
                CliRun.of("run", "--model", "small", "--profile", file, "--cluster", "dgx-h100", "--devices", "2");
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.err()).contains("--profile stands for --cluster, --stack and --precision");
        CliRun predict =
                CliRun.of("predict", "--model", "small", "--seq", "64", "--profile", file, "--devices", "1..4");
        assertThat(predict.code()).as(predict.err()).isZero();
        assertThat(CliRun.of("plan", "--model", "small", "--seq", "64", "--profile", file, "--devices", "2")
                        .code())
                .isZero();
    }

    @Test
    void selfcheck_writesEveryPlanInTheContractsShape() throws IOException {
        Path file = folder.resolve("check.json");
        CliRun run = run("selfcheck", file, "--backend", "sim", "--plans", "10", "--seed", "4", "--rounds", "1");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("median \\d+\\.\\d %, 90th percentile \\d+\\.\\d %, 10 plans");
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        assertThat(json.properties().stream().map(java.util.Map.Entry::getKey))
                .containsExactly("schema", "backend", "plans");
        assertThat(json.path("schema").asText()).isEqualTo("kneepoint.selfcheck/1");
        assertThat(json.path("backend").asText()).isEqualTo("sim");
        assertThat(json.path("plans")).hasSize(10);
        for (JsonNode p : json.path("plans")) {
            assertThat(p.properties().stream().map(java.util.Map.Entry::getKey))
                    .containsExactly("id", "strategy", "devices", "predicted_s", "measured_s");
            double measured = p.path("measured_s").asDouble();
            assertThat(p.path("predicted_s").asDouble()).as(p.toString()).isBetween(0.9 * measured, 1.1 * measured);
        }
    }

    @Test
    void selfcheck_onTheCpusVirtualClock_isWithinAFewPercent() throws IOException {
        Path file = folder.resolve("check.json");
        CliRun run = run(
                "selfcheck",
                file,
                "--backend",
                "cpu",
                "--option",
                "cpu.clock=virtual",
                "--profile",
                profile().toString(),
                "--plans",
                "5",
                "--rounds",
                "1",
                "--quiet");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        assertThat(json.path("backend").asText()).isEqualTo("cpu");
        for (JsonNode p : json.path("plans")) {
            double measured = p.path("measured_s").asDouble();
            assertThat(p.path("predicted_s").asDouble()).as(p.toString()).isBetween(0.95 * measured, 1.05 * measured);
        }
    }

    @Test
    void wrongUse_isOneClearError() {
        Path file = folder.resolve("x.json");
        assertWrong(run("calibrate", file, "--backend", "cup"), 2, "cup");
        assertWrong(run("calibrate", file, "--backend", "cpu", "--option", "cpu.clok=virtual"), 2, "cpu.clok");
        assertWrong(run("calibrate", file, "--backend", "sim", "--devices", "0"), 2, "devices must be between 1");
        assertWrong(run("calibrate", file, "--backend", "sim", "--precision", "bf16"), 2, "has no bf16");
        assertWrong(run("calibrate", file, "--backend", "cpu", "--devices", "300"), 1, "at most 256 ranks");
        assertWrong(run("selfcheck", file, "--backend", "sim", "--plans", "0"), 2, "plans must be between 1");
        assertWrong(run("selfcheck", file, "--backend", "sim", "--profile", "absent.json"), 2, "absent.json");
        assertWrong(CliRun.of("calibrate", "--backend", "sim"), 2, "--out");
        assertThat(file).doesNotExist();
    }

    @Test
    void outputThatCannotBeWritten_isSaidBeforeTheWork() throws IOException {
        Path notAFolder = Files.writeString(folder.resolve("file"), "");
        CliRun run = run("calibrate", notAFolder.resolve("x.json"), "--backend", "sim");
        assertWrong(run, 1, "cannot write");
        assertThat(run.err()).doesNotContain("100/100");
    }

    private static void assertWrong(CliRun run, int code, String message) {
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.err()).contains(message);
    }
}
