package dev.kneepoint.samples.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.calibration.ValidationResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ValidationReportTest {
    @TempDir
    Path folder;

    private Map<String, String> written(ValidationResult result, String name) throws IOException {
        Path to = folder.resolve(name);
        ValidationReport.write(result, to);
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(to)) {
            for (Path p : all.filter(Files::isRegularFile).toList()) {
                files.put(to.relativize(p).toString(), Files.readString(p));
            }
        }
        return files;
    }

    @Test
    void write_makesAPagePerSourceAndThePictures() throws IOException {
        Map<String, String> files = written(RunsFile.result(), "a");
        assertThat(files)
                .containsOnlyKeys(
                        "eligible.csv",
                        "error-by-devices.svg",
                        "error-by-source.svg",
                        "index.md",
                        "predicted-vs-measured.svg",
                        "skipped.md",
                        "sources/alpha-recipes-v24-1.md",
                        "sources/beta-report.md",
                        "sources/gamma.md",
                        "sources/somebody.md",
                        "worst.md");
        assertThat(files.get("index.md"))
                .contains("](sources/alpha-recipes-v24-1.md)", "| without suspect rows | 2 | 16 |")
                .contains("Not computed here");
        assertThat(files.get("sources/beta-report.md")).contains("| b64 | 7B bf16 fsdp mb1 gb64 | 64 |");
        assertThat(files.get("skipped.md"))
                .contains("| not one of the judged devices (V100 to B300) | 1 |")
                .contains("| tp*pp*cp does not divide the devices | 1 |")
                .contains("| nt-3b-n8-dp16-tp1-pp4-z0-mb1-ga16 | 14.0 times as slow");
        assertThat(files.get("eligible.csv").lines())
                .hasSize(1 + 12 + 4 + 1 + 1)
                .contains("b8", "odd")
                .doesNotContain("mi");
        assertThat(files.get("worst.md")).contains("nt-3b-n8-dp16-tp1-pp4-z0-mb1-ga16 | suspect row: ");
    }

    @Test
    void write_peakMemoryInTheNotes_makesAPage() throws IOException {
        ValidationResult printed = new ValidationResult(List.of(
                RunsFile.row("one", 3, "notes=peak mem 40 GB"),
                RunsFile.row("two", 3, "gpus=16", "notes=peak mem 1 GB"),
                RunsFile.row("none", 3)));
        Map<String, String> files = written(printed, "a");
        assertThat(files.getOrDefault("memory.md", ""))
                .contains("the notes of 2 rows", "## By source", "| Somebody | 2 |", "## By pipeline parallelism")
                .containsPattern("## Farthest off\n\n.*\n.*\n\\| two \\|.*\\| 1\\.0 \\|")
                .doesNotContain("\n| none | fsdp");
        assertThat(files.get("index.md")).contains("[peak memory](memory.md)");
    }

    @Test
    void write_twice_givesTheSameBytes() throws IOException {
        assertThat(written(RunsFile.result(), "a")).isEqualTo(written(RunsFile.result(), "b"));
    }

    @Test
    void write_takesTheHeldOutSectionThatLiesThere() throws IOException {
        Files.createDirectories(folder.resolve("a"));
        Files.writeString(folder.resolve("a").resolve("held-out.md"), "A source never seen: 12 %.\n");
        assertThat(written(RunsFile.result(), "a").get("index.md"))
                .contains("A source never seen: 12 %.")
                .doesNotContain("Not computed here");
    }

    @Test
    void write_cellsWithBars_stayCells() throws IOException {
        assertThat(written(RunsFile.result(), "a").get("index.md")).contains("| [Alpha \\| recipes (v24.1)](");
    }

    @Test
    void write_pictures_areSvgWithNamedSeries() throws Exception {
        Map<String, String> files = written(RunsFile.result(), "a");
        DocumentBuilder parser = parser();
        for (String name : List.of("predicted-vs-measured.svg", "error-by-devices.svg", "error-by-source.svg")) {
            byte[] bytes = files.getOrDefault(name, "").getBytes(StandardCharsets.UTF_8);
            Document svg = parser.parse(new ByteArrayInputStream(bytes));
            assertThat(svg.getDocumentElement().getTagName()).as(name).isEqualTo("svg");
            assertThat(svg.getDocumentElement().getAttribute("width")).as(name).isEqualTo("900");
        }
        assertThat(files.get("predicted-vs-measured.svg"))
                .contains("Alpha | recipes", "Beta report", "measured step time, s");
        assertThat(files.get("error-by-devices.svg")).contains("null model: median", "devices");
        assertThat(files.get("error-by-source.svg")).contains("Alpha | recipes (12)", "(small families) (5)");
    }

    @Test
    void write_nothingThatCounts_hasNoPictures() throws IOException {
        ValidationResult nothing = new ValidationResult(List.of(RunsFile.row("mi", 3, "accelerator=MI300X")));
        assertThat(written(nothing, "a"))
                .doesNotContainKey("error-by-source.svg")
                .containsKey("index.md");
    }

    /** A parser that does not ask the network for the DTD. */
    private static DocumentBuilder parser() throws Exception {
        DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        parser.setEntityResolver((publicId, systemId) -> new InputSource(new ByteArrayInputStream(new byte[0])));
        return parser;
    }
}
