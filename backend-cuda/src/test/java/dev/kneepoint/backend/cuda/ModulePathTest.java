package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.modulepath.Program;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JCuda on the module path, where it does not find its native code by itself; on the driver's double. */
@RequiresCompiler({"g++", "gcc", "nm"})
class ModulePathTest {
    private static final List<String> PATH = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .toList();

    private static boolean isNatives(String entry) {
        return entry.contains("jcuda-natives");
    }

    private static String natives() {
        return PATH.stream().filter(ModulePathTest::isNatives).findFirst().orElseThrow();
    }

    private static String modules(boolean withNatives) {
        List<String> wanted = new ArrayList<>();
        for (String entry : PATH) {
            boolean test = entry.contains("test-classes") || entry.contains("testkit") || entry.contains("junit");
            if (!test && !entry.contains("assertj") && (withNatives || !isNatives(entry))) {
                wanted.add(entry);
            }
        }
        return String.join(File.pathSeparator, wanted);
    }

    private static String cuda(Path temporary, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "--enable-native-access=dev.kneepoint.backend.cuda,jcuda",
                "--add-modules",
                "dev.kneepoint.backend.cuda",
                "-cp",
                Path.of("target/test-classes").toAbsolutePath().toString()));
        command.addAll(List.of(options));
        command.add(Program.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "LD_LIBRARY_PATH", DoubleBuild.library().getParent().toString(),
                        "CUDA_DOUBLE", DoubleConfig.of(1).text()));
        Process child = builder.start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as(said).isZero();
        return said.lines().filter(l -> l.startsWith("cuda ")).findFirst().orElse(said);
    }

    @Test
    void withoutTheRecipe_theAnswerNamesIt(@TempDir Path temporary) throws IOException, InterruptedException {
        assertThat(cuda(temporary, "-p", modules(true)))
                .startsWith("cuda Missing[reason=JCuda cannot be loaded: java.lang.UnsatisfiedLinkError")
                .contains("start java with --patch-module jcuda=<that jar>");
    }

    @Test
    void patchedWithItsNatives(@TempDir Path temporary) throws IOException, InterruptedException {
        assertThat(cuda(temporary, "-p", modules(false), "--patch-module", "jcuda=" + natives()))
                .startsWith("cuda Ready[devices=[0: Double A100");
    }

    @Test
    void withItsNativesUnpacked(@TempDir Path temporary) throws IOException, InterruptedException {
        try (JarFile jar = new JarFile(natives())) {
            var library = jar.stream()
                    .filter(e -> e.getName().contains("libJCudaDriver"))
                    .findFirst()
                    .orElseThrow();
            try (InputStream in = jar.getInputStream(library)) {
                Files.copy(
                        in,
                        temporary.resolve(
                                Path.of(library.getName()).getFileName().toString()));
            }
        }
        assertThat(cuda(temporary, "-p", modules(false), "-Djava.library.path=" + temporary))
                .startsWith("cuda Ready[devices=[0: Double A100");
    }
}
