package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cuda.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The double has what the header declares, and nothing else that looks like NCCL's. */
@RequiresGcc
class DoubleSymbolsTest {
    private static Set<String> declared(String header) throws IOException {
        Matcher m = Pattern.compile("\\b(nccl\\w+)\\(").matcher(Files.readString(Path.of(header)));
        Set<String> names = new TreeSet<>();
        while (m.find()) {
            names.add(m.group(1));
        }
        return names;
    }

    @Test
    void exports_areThoseOfTheHeader() throws IOException {
        Set<String> exported = Programs.run(
                        List.of("nm", "-D", "--defined-only", NcclDouble.path().toString()))
                .lines()
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .filter(name -> !name.startsWith("_Z"))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> own = declared("src/test/native/nccl/nccl_double.h");
        assertThat(exported).containsAll(own);
        exported.removeAll(own);
        assertThat(exported)
                .isEqualTo(declared("src/main/native/nccl_subset.h"))
                .hasSize(27);
    }
}
