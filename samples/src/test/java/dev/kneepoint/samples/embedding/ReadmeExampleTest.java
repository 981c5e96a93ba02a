package dev.kneepoint.samples.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The embedding example of the README: what stands there is what stands here, and it runs. */
class ReadmeExampleTest {
    private static String example() {
        // example-start
        var workload = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 32);
        var scenario = Scenario.of(workload, ClusterCatalog.get("dgx-h100"), ProfileCatalog.stack("torch-fsdp"));
        StudyResult study = Kneepoint.create()
                .study(scenario)
                .strong(32)
                .devices(List.of(16, 32, 64))
                .strategies("fsdp", "fsdp,tp=2")
                .run();
        return study.verdict().sentence();
        // example-end
    }

    @Test
    void example_runs() {
        assertThat(example()).contains("llama2-7b on dgx-h100");
    }

    @Test
    void readme_showsTheExample() throws IOException {
        String readme = Files.readString(Path.of("..", "README.md"));
        String source =
                Files.readString(Path.of("src/test/java/dev/kneepoint/samples/embedding/ReadmeExampleTest.java"));
        String code = source.substring(source.indexOf("// example-start") + 16, source.indexOf("// example-end"));
        String shown =
                code.lines().filter(l -> !l.isBlank()).map(l -> l.substring(8)).collect(Collectors.joining("\n"));
        assertThat(shown.lines().count()).isLessThanOrEqualTo(10);
        assertThat(readme).contains(shown);
    }
}
