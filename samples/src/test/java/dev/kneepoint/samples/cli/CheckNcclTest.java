package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check's part of NCCL, on the doubles of CUDA and NCCL. */
@Tag("long")
class CheckNcclTest {
    @TempDir
    private Path folder;

    private JsonNode check(int gpus, Map<String, String> environment) throws Exception {
        CliRun run = new DoubleMachine(gpus, folder)
                .start(environment, CheckNcclProgram.class, Integer.toString(gpus))
                .ended();
        assertThat(run.code()).as(run.err()).isZero();
        // The doubles say at the end what was wrong or left.
        assertThat(run.err().lines()).allMatch(l -> l.startsWith("conformance: ok  "));
        return run.json();
    }

    private static void conformsAndIsSwept(JsonNode json) {
        // A busy processor may not get through all of the kit in time.
        assertThat(json.path("problems"))
                .allSatisfy(p -> assertThat(p.path("problem").asText()).contains("its time of 60 s was up"));
        assertThat(json.path("nccl").path("conformance").path("failed")).isEmpty();
        assertThat(json.path("nccl").path("conformance").path("passed").asInt()).isGreaterThan(3);
        JsonNode sweep = json.path("nccl").path("sweep");
        if (sweep.isMissingNode()) {
            assertThat(json.path("problems")).as("time was up in both parts").hasSize(2);
            return;
        }
        assertThat(sweep.path("ranks").asInt()).isEqualTo(2);
        assertThat(sweep.path("rows").findValues("wrong")).isNotEmpty().allMatch(wrong -> wrong.asInt() == 0);
        assertThat(sweep.findValues("problem")).isEmpty();
    }

    @Test
    void twoGpus_conformAndAreSwept() throws Exception {
        conformsAndIsSwept(check(2, Map.of()));
    }

    @Test
    void oneGpu_isSharedByTwoRanksWhereNcclLetsThem() throws Exception {
        conformsAndIsSwept(check(1, Map.of("NCCL_DOUBLE", "version 23004", "NCCL_MULTI_RANK_GPU_ENABLE", "1")));
    }

    @Test
    void machineWithoutNccl_saysSo() throws Exception {
        JsonNode json = check(1, Map.of("KNEEPOINT_NCCL", folder.toString()));
        assertThat(json.path("problems")).isEmpty();
        assertThat(json.path("nccl").path("missing").asText()).contains("libnccl.so.2");
    }
}
