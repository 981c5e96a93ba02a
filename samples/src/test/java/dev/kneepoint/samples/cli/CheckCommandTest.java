package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @Test
    void aSoundBackendGivesOneJsonWithAllParts() throws IOException {
        Path file = folder.resolve("check.json");
        CliRun run = CliRun.of(
                "check", "--backend", "sim", "--time", "1", "--plans", "3", "--rounds", "1", "--out", file.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("conformance: ok  lifecycle: ", "calibration: 100/100", "selfcheck: 3/3");
        JsonNode json = JSON.readTree(run.out());
        assertThat(json).isEqualTo(JSON.readTree(file.toFile()));
        assertThat(json.path("schema").asText()).isEqualTo("kneepoint.check/1");
        assertThat(json.path("backend").asText()).isEqualTo("sim");
        assertThat(json.path("conformance").path("passed").asInt()).isGreaterThan(20);
        assertThat(json.path("conformance").path("failed")).isEmpty();
        assertThat(json.path("problems")).isEmpty();
        assertThat(json.path("device").path("origin").path("backend").asText()).isEqualTo("sim");
        assertThat(json.path("seconds").has("conformance")).isTrue();
        assertThat(json.has("figures")).isFalse();
        assertThat(json.has("sampled")).isFalse();
        assertThat(json.path("selfcheck").path("rounds").asInt()).isEqualTo(1);
        assertThat(json.path("calibration").path("profile").path("schema").asText())
                .isEqualTo("kneepoint.profile/1");
        assertThat(json.path("calibration").path("residuals")).isNotEmpty();
        assertThat(json.path("selfcheck").path("plans")).hasSize(3);
        assertThat(json.path("selfcheck").path("p90_error").asDouble()).isBetween(0.0, 0.25);
    }

    @Test
    void aBackendThatFailsStillGivesTheJsonAndSaysWhatFailed() throws IOException {
        CliRun run = CliRun.of(
                "check",
                "--backend",
                "cpu",
                "--option",
                "cpu.clock=virtual",
                "--option",
                "cpu.faults=fail(rank=0,op=*)",
                "--quiet",
                "--time",
                "1");
        assertThat(run.code()).isEqualTo(1);
        JsonNode json = JSON.readTree(run.out());
        assertThat(json.path("conformance").path("failed"))
                .isNotEmpty()
                .allSatisfy(f -> assertThat(f.path("problem").asText()).isNotBlank());
        assertThat(json.path("problems"))
                .hasSize(2)
                .allSatisfy(p -> assertThat(p.path("problem").asText()).contains("rank 0"))
                .extracting(p -> p.path("part").asText())
                .containsExactly("device", "calibration");
        assertThat(json.has("selfcheck")).isFalse();
        assertThat(run.err()).contains("conformance: FAILED").doesNotContain("conformance: ok");
    }

    @Test
    void anUnknownBackendIsNamedInTheJson() throws IOException {
        CliRun run = CliRun.of("check", "--backend", "abacus", "--quiet");
        assertThat(run.code()).isEqualTo(1);
        JsonNode json = JSON.readTree(run.out());
        assertThat(json.path("problems"))
                .allSatisfy(p -> assertThat(p.path("problem").asText()).contains("abacus"))
                .extracting(p -> p.path("part").asText())
                .containsExactly("open for figures", "open for calibration");
    }

    @Test
    void aFolderInPlaceOfTheFileIsRefusedBeforeAnythingRuns() {
        CliRun run = CliRun.of("check", "--backend", "sim", "--out", folder.toString());
        assertThat(run.code()).isNotZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(folder.toString()).doesNotContain("conformance");
        assertThat(Files.isDirectory(folder)).isTrue();
    }

    @Test
    void whatDoesNotFitIntoTheTimeIsCutAndNamed() throws IOException {
        long start = System.nanoTime();
        CliRun run = CliRun.of(
                "check",
                "--backend",
                "cpu",
                "--quiet",
                "--minutes",
                "0.4",
                "--time",
                "600",
                "--plans",
                "200",
                "--rounds",
                "50");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(24));
        JsonNode json = run.json();
        assertThat(json.path("conformance").path("failed")).isEmpty();
        assertThat(json.path("problems"))
                .isNotEmpty()
                .allSatisfy(p -> assertThat(p.path("problem").asText())
                        .containsPattern("its time of \\d+ s was up|no time was left|did not end within"));
        assertThat(run.code()).isEqualTo(1);
    }
}
