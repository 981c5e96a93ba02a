package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyCommandTest {
    @TempDir
    Path folder;

    private static JsonNode read(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }

    @Test
    void defaultStudy_writesBothExperimentsAndOneReport() throws IOException {
        CliRun run = CliRun.of("--quiet", "--out", folder.toString());
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("Verdict:", "weak scaling", "strong scaling", "report.html");
        for (String experiment : List.of("weak", "strong")) {
            JsonNode study = read(folder.resolve(experiment).resolve("study.json"));
            assertThat(study.path("schema").asText()).isEqualTo("kneepoint.study/1");
            assertThat(study.path("scenario").path("scaling").asText()).isEqualTo(experiment);
            assertThat(study.path("series").get(0).path("strategy").asText()).isEqualTo("fsdp");
            assertThat(Files.readAllLines(folder.resolve(experiment).resolve("study.csv")))
                    .hasSizeGreaterThan(10);
        }
        assertThat(Files.readString(folder.resolve("report.html"))).contains("weak scaling", "strong scaling");
        try (Stream<Path> all = Files.walk(folder)) {
            assertThat(all.filter(p -> p.toString().endsWith(".tmp"))).isEmpty();
        }
    }

    @Test
    void json_hasEveryFieldOfTheContractAndPartsThatAddUp() throws IOException {
        CliRun run = CliRun.of(
                "study",
                "--quiet",
                "--model",
                "llama2-7b",
                "--devices",
                "16,32",
                "--strategy",
                "fsdp;fsdp,tp=2",
                "--scaling",
                "strong",
                "--global-batch",
                "32",
                "--format",
                "json");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode series = run.json().path("series");
        assertThat(series).hasSize(2);
        assertThat(series.get(1).path("strategy").asText()).isEqualTo("fsdp,tp=2");
        for (JsonNode s : series) {
            assertThat(s.path("knee").has("reason")).isTrue();
            for (JsonNode p : s.path("points")) {
                for (String field : List.of(
                        "devices",
                        "step_time_s",
                        "compute_s",
                        "communication_s",
                        "exposed_communication_s",
                        "bubble_s",
                        "straggler_s",
                        "launch_s",
                        "idle_s",
                        "tokens_per_s",
                        "tokens_per_s_per_device",
                        "mfu",
                        "hfu",
                        "tflops_per_device",
                        "speedup",
                        "efficiency",
                        "power_w_per_device",
                        "tokens_per_joule",
                        "cost_per_million_tokens_usd",
                        "memory_bytes_per_device",
                        "provenance",
                        "flags",
                        "samples")) {
                    assertThat(p.has(field)).as(field).isTrue();
                }
                double parts = Stream.of(
                                "compute_s", "exposed_communication_s", "bubble_s", "straggler_s", "launch_s", "idle_s")
                        .mapToDouble(f -> p.path(f).asDouble())
                        .sum();
                double step = p.path("step_time_s").asDouble();
                assertThat(parts / step).isBetween(1 - 1e-9, 1 + 1e-9);
                double tokens = 32 * 4096 / step;
                assertThat(p.path("tokens_per_s").asDouble() / tokens).isBetween(1 - 1e-9, 1 + 1e-9);
                assertThat(p.path("provenance").asText()).isEqualTo("simulated");
            }
        }
        assertThat(series.get(0).path("points").get(1).has("marginal_tokens_per_s_per_device"))
                .isTrue();
    }

    @Test
    void pointThatCannotRun_saysWhyAndTheStudyGoesOn() throws IOException {
        CliRun run = CliRun.of(
                "study",
                "--quiet",
                "--model",
                "llama2-13b",
                "--devices",
                "8,512",
                "--strategy",
                "ddp;fsdp",
                "--local-batch",
                "1",
                "--format",
                "json");
        assertThat(run.code()).isZero();
        JsonNode ddp = run.json().path("series").get(0).path("points").get(0);
        assertThat(ddp.path("infeasible").asText()).matches("needs .* GB|needs .*B, the device has 80 GB");
        assertThat(ddp.has("step_time_s")).isFalse();
        assertThat(run.json().path("series").get(1).path("points").get(1).has("step_time_s"))
                .isTrue();
    }

    @Test
    void csv_hasTheColumnsOfTheJson() {
        CliRun run = CliRun.of("study", "--quiet", "--model", "tiny", "--devices", "1,2", "--format", "csv");
        assertThat(run.code()).isZero();
        assertThat(run.out().lines().findFirst().orElseThrow())
                .startsWith("series,strategy,devices,micro_batch")
                .contains("marginal_tokens_per_s_per_device", "infeasible");
        assertThat(run.out().lines()).hasSize(3);
    }

    @Test
    void progressGoesToStderr_resultsToStdout() {
        CliRun run = CliRun.of("study", "--model", "tiny", "--devices", "1,2", "--format", "json");
        assertThat(run.err()).contains("study: 2/2");
        assertThat(run.out()).startsWith("{");
    }

    @Test
    void price_changesTheCostInProportion() throws IOException {
        double cheap = cost("1");
        double dear = cost("2.5");
        assertThat(dear / cheap).isBetween(2.5 - 1e-9, 2.5 + 1e-9);
    }

    private static double cost(String price) throws IOException {
        CliRun run = CliRun.of(
                "study", "--quiet", "--model", "llama2-7b", "--devices", "8", "--price", price, "--format", "json");
        return run.json()
                .path("series")
                .get(0)
                .path("points")
                .get(0)
                .path("cost_per_million_tokens_usd")
                .asDouble();
    }

    @Test
    void unwritableFolder_failsWithOneSentence() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        CliRun run = CliRun.of(
                "study",
                "--quiet",
                "--model",
                "tiny",
                "--devices",
                "1",
                "--out",
                file.resolve("below").toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).startsWith("kneepoint: cannot write").hasLineCount(1);
    }
}
