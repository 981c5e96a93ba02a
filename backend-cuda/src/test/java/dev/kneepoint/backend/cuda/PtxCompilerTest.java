package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is shipped, by NVIDIA's compilers. */
@Tag("long")
@RequiresCompiler({"nvcc", "ptxas"})
class PtxCompilerTest {
    @TempDir
    Path folder;

    private record Outcome(int status, String text) {}

    private static Outcome run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), text);
    }

    private Outcome assemble(PtxModule module, String ptx, int capability) {
        try {
            Path file = Files.writeString(folder.resolve(module.label() + "-" + capability + ".ptx"), ptx);
            return run("ptxas", "-v", "-arch=sm_" + capability, file.toString(), "-o", "/dev/null");
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On all cores: the assembler takes most of the time, on one. */
    private static Map<PtxModule, Outcome> ofEach(Stream<PtxModule> modules, Function<PtxModule, Outcome> assemble) {
        return modules.parallel().collect(Collectors.toConcurrentMap(Function.identity(), assemble));
    }

    @ParameterizedTest
    @CsvSource({"75", "80", "86", "89", "90", "100"})
    void assemblesWithoutSpills(int capability) {
        Map<PtxModule, Outcome> outcomes = ofEach(
                Arrays.stream(PtxModule.values()).filter(m -> m.capability() <= capability),
                module -> assemble(module, module.ptx(), capability));
        outcomes.forEach((module, outcome) -> {
            assertThat(outcome.status()).as(outcome.text()).isZero();
            assertThat(outcome.text().lines().filter(l -> l.contains("spill stores")))
                    .as(module.label())
                    .isNotEmpty()
                    .allMatch(l -> l.contains(" 0 bytes spill stores, 0 bytes spill loads"));
        });
    }

    @Test
    void hasTheLowestVersionThatIsAccepted() {
        Map<PtxModule, Outcome> outcomes = ofEach(Arrays.stream(PtxModule.values()), module -> {
            String before = module.version().equals("7.0") ? "6.5" : "6.2";
            String older = module.ptx().replace(".version " + module.version(), ".version " + before);
            return assemble(module, older, module.capability());
        });
        outcomes.forEach((module, outcome) ->
                assertThat(outcome.status()).as(module.label()).isNotZero());
    }

    /** Another release of the compiler words the same kernels differently. */
    @Test
    void isWhatTheSourcesSay() throws IOException, InterruptedException {
        String version = run("nvcc", "--version").text();
        List<PtxModule> made = List.of(PtxModule.values());
        assumeTrue(
                made.stream().allMatch(m -> version.contains("release " + release(m) + ",")),
                "this nvcc is not the one that made the PTX");
        Outcome outcome = run("./ptx.sh", folder.toString());
        assertThat(outcome.status()).as(outcome.text()).isZero();
        for (PtxModule module : made) {
            assertThat(folder.resolve(module.label() + ".ptx"))
                    .as("run ptx.sh after changing a kernel")
                    .hasContent(module.ptx());
        }
    }

    private static String release(PtxModule module) {
        String first = module.ptx().lines().findFirst().orElseThrow();
        return first.replaceAll(".*nvcc ([0-9.]+);.*", "$1");
    }
}
