package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The doubles have the functions that the bindings ask for, and no others. */
@RequiresCompiler({"g++", "gcc", "nm"})
class DoubleExportsTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/kneepoint/backend/cuda");

    private static Set<String> asked(String pattern, String... sources) throws IOException {
        Set<String> names = new TreeSet<>();
        for (String source : sources) {
            Matcher m = Pattern.compile("\"(" + pattern + ")\"").matcher(Files.readString(SOURCES.resolve(source)));
            while (m.find()) {
                names.add(m.group(1));
            }
        }
        return names;
    }

    private static Set<String> exported(Path library, String prefix) throws IOException {
        Set<String> names = new TreeSet<>();
        for (String line : Programs.run(List.of("nm", "-D", "--defined-only", library.toString()))
                .lines()
                .toList()) {
            String name = line.substring(line.lastIndexOf(' ') + 1);
            if (name.startsWith(prefix) && !name.contains("_double_")) {
                names.add(name);
            }
        }
        return names;
    }

    @Test
    void ofCublas() throws IOException {
        assertThat(exported(NativeDoubles.cublas(), "cublas"))
                .isEqualTo(asked("cublas[A-Z]\\w+", "CublasLibrary.java"))
                .hasSize(9);
    }

    @Test
    void ofCublasLt() throws IOException {
        assertThat(exported(NativeDoubles.cublasLt(), "cublas"))
                .isEqualTo(asked("cublasLt[A-Z]\\w+", "CublasLtLibrary.java"))
                .hasSize(13);
    }

    @Test
    void ofNvml() throws IOException {
        assertThat(exported(NativeDoubles.nvml(), "nvml"))
                .isEqualTo(asked("nvml[A-Z]\\w+", "NvmlLibrary.java", "NvmlFigure.java"))
                .hasSize(18);
    }
}
