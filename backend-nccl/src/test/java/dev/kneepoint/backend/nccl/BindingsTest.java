package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cuda.Programs;
import dev.kneepoint.backend.nccl.bindings.ncclConfig_t;
import dev.kneepoint.backend.nccl.bindings.ncclUniqueId;
import dev.kneepoint.backend.nccl.bindings.nccl_subset_h;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed bindings are those of the committed header, and what is written by hand agrees with both. */
@RequiresGcc
class BindingsTest {
    private static final Path HEADER = Path.of("src/main/native/nccl_subset.h").toAbsolutePath();
    private static final Pattern FUNCTION = Pattern.compile("\\b(nccl[A-Z]\\w+)\\(([^)]*)\\);");
    private static final Pattern CONSTANT = Pattern.compile("\\b(nccl\\w+) = (\\d+)");

    @TempDir
    private Path folder;

    /** What gcc says that a program of the header says. */
    private List<String> answers(String statements) throws IOException, InterruptedException {
        Path source = folder.resolve("program.c");
        Path program = folder.resolve("program");
        Files.writeString(
                source,
                "#include <stdio.h>\n#include \"" + HEADER + "\"\nint main(void) {\n" + statements + "return 0; }\n");
        Programs.run(
                List.of("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", source.toString(), "-o", program.toString()));
        return Programs.run(List.of(program.toString())).lines().toList();
    }

    private static Set<String> declared() throws IOException {
        Matcher m = FUNCTION.matcher(Files.readString(HEADER).replaceAll("\\s+", " "));
        Set<String> names = new TreeSet<>();
        while (m.find()) {
            names.add(m.group(1) + " takes " + parameters(m.group(2)));
        }
        return names;
    }

    private static int parameters(String list) {
        return list.equals("void") ? 0 : list.split(",", -1).length;
    }

    @Test
    void functions_areThoseOfTheHeader() throws IOException {
        Set<String> bound = Arrays.stream(nccl_subset_h.class.getDeclaredMethods())
                .filter(m -> m.getName().matches("nccl[A-Z]\\w+") && m.getParameterCount() > 0
                        || m.getName().startsWith("ncclGroup") && !m.getName().contains("$"))
                .map(m -> m.getName() + " takes " + parameters(m))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(bound).isEqualTo(declared()).hasSize(27);
    }

    private static int parameters(Method m) {
        return m.getParameterCount();
    }

    @Test
    void header_isPlainC() throws IOException, InterruptedException {
        assertThat(answers("")).isEmpty();
    }

    @Test
    void structures_lieAsCompilersLayThemOut() throws IOException, InterruptedException {
        String fields = "size magic version blocking cgaClusterSize minCTAs maxCTAs netName splitShare";
        String statements = Arrays.stream(fields.split(" ", -1))
                .map(f -> "printf(\"%zu\\n\", __builtin_offsetof(ncclConfig_t, " + f + "));\n")
                .collect(Collectors.joining());
        List<String> offsets = answers(statements
                + "printf(\"%zu\\n%zu\\n\", sizeof(ncclConfig_t), sizeof(ncclUniqueId));\n"
                + "printf(\"%zu\\n\", sizeof(enum ncclResult_t));\n");
        assertThat(offsets)
                .containsExactly(
                        "" + ncclConfig_t.size$offset(),
                        "" + ncclConfig_t.magic$offset(),
                        "" + ncclConfig_t.version$offset(),
                        "" + ncclConfig_t.blocking$offset(),
                        "" + ncclConfig_t.cgaClusterSize$offset(),
                        "" + ncclConfig_t.minCTAs$offset(),
                        "" + ncclConfig_t.maxCTAs$offset(),
                        "" + ncclConfig_t.netName$offset(),
                        "" + ncclConfig_t.splitShare$offset(),
                        "" + ncclConfig_t.sizeof(),
                        "" + ncclUniqueId.sizeof(),
                        "4");
        assertThat(ncclUniqueId.sizeof()).isEqualTo(NcclUniqueId.BYTES);
    }

    private static Map<String, Integer> constants() throws IOException {
        Matcher m = CONSTANT.matcher(Files.readString(HEADER));
        Map<String, Integer> values = new TreeMap<>();
        while (m.find()) {
            values.put(m.group(1), Integer.valueOf(m.group(2)));
        }
        return values;
    }

    @Test
    void types_areThoseOfTheHeader() throws IOException {
        Map<String, Integer> constants = constants();
        assertThat(NcclType.values()).allSatisfy(t -> assertThat(constants).containsEntry(inHeader(t), t.code()));
        assertThat(NcclType.values()).hasSize(12);
    }

    private static String inHeader(NcclType type) {
        String words = type.name().charAt(0) + type.name().substring(1).toLowerCase(Locale.ROOT);
        return "nccl" + words.replace("_", "");
    }

    @Test
    void operations_areThoseOfTheHeader() throws IOException {
        Map<String, Integer> constants = constants();
        assertThat(NcclOp.values())
                .allSatisfy(o -> assertThat(constants)
                        .containsEntry(
                                "nccl" + o.name().charAt(0)
                                        + o.name().substring(1).toLowerCase(Locale.ROOT),
                                o.code()));
    }

    @Test
    void results_areThoseOfTheHeader() throws IOException {
        Map<String, Integer> constants = constants();
        for (int code = 0; code <= 8; code++) {
            assertThat(constants).containsEntry(NcclResult.name(code), code);
        }
        assertThat(NcclResult.name(9)).isEqualTo("a result that NCCL does not document");
    }
}
