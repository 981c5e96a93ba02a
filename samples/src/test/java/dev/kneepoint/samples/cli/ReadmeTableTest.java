package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README shows what the default study prints; when the figures change, so must the README. */
class ReadmeTableTest {
    @TempDir
    Path folder;

    @Test
    void readme_showsWhatTheDefaultStudyPrints() throws IOException {
        CliRun run = CliRun.of("--quiet", "--out", folder.toString());
        List<String> printed =
                run.out().lines().filter(ReadmeTableTest::isTableLine).toList();
        List<String> shown = Files.readAllLines(Path.of("..", "README.md"));
        assertThat(printed).hasSizeGreaterThan(25);
        assertThat(shown).containsAll(printed);
    }

    private static boolean isTableLine(String line) {
        return line.matches(" *\\*?\\d+ .*") || line.startsWith("Trust at ");
    }
}
