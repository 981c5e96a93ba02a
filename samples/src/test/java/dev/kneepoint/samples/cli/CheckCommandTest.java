package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        assertThat(json.path("problems")).singleElement().satisfies(p -> {
            assertThat(p.path("part").asText()).isEqualTo("calibration");
            assertThat(p.path("problem").asText()).contains("rank 0");
        });
        assertThat(json.has("selfcheck")).isFalse();
        assertThat(run.err()).contains("conformance: FAILED").doesNotContain("conformance: ok");
    }

    @Test
    void anUnknownBackendIsNamedInTheJson() throws IOException {
        CliRun run = CliRun.of("check", "--backend", "abacus", "--quiet");
        assertThat(run.code()).isEqualTo(1);
        JsonNode json = JSON.readTree(run.out());
        assertThat(json.path("problems")).singleElement().satisfies(p -> {
            assertThat(p.path("part").asText()).isEqualTo("open");
            assertThat(p.path("problem").asText()).contains("abacus");
        });
    }

    @Test
    void aFolderInPlaceOfTheFileIsRefusedBeforeAnythingRuns() {
        CliRun run = CliRun.of("check", "--backend", "sim", "--out", folder.toString());
        assertThat(run.code()).isNotZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(folder.toString()).doesNotContain("conformance");
        assertThat(Files.isDirectory(folder)).isTrue();
    }
}
