package dev.kneepoint.samples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kneepoint.workload.ModelCatalog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens the report in headless Chromium; where KNEEPOINT_REQUIRE_ALL is set, a missing Chromium is a failure. */
class ReportInChromiumTest {
    private static final int CHARTS_PER_STUDY = 5;

    @TempDir
    Path folder;

    private Path report = Path.of("");

    private static Optional<Path> chromium() {
        return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    @BeforeEach
    void writeReport() throws IOException {
        if (System.getenv("KNEEPOINT_REQUIRE_ALL") != null) {
            assertThat(chromium()).as("chromium").isPresent();
        }
        assumeTrue(chromium().isPresent(), "chromium is not installed");
        report = folder.resolve("report.html");
        StringBuilder html = new StringBuilder();
        var study = HtmlReportTest.study(ModelCatalog.get("llama2-7b"));
        HtmlReport.write(List.of(study, study), "test", html);
        Files.writeString(report, html);
    }

    private record Browser(String out, String err) {}

    private Browser open(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                chromium().orElseThrow().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--enable-logging=stderr",
                "--v=0",
                "--user-data-dir=" + folder.resolve("profile")));
        command.addAll(List.of(options));
        command.add(report.toUri().toString());
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process p = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!p.waitFor(120, TimeUnit.SECONDS)) {
            p.destroyForcibly();
            throw new IOException("chromium did not end: " + Files.readString(err));
        }
        return new Browser(Files.readString(out), new String(Files.readAllBytes(err), StandardCharsets.UTF_8));
    }

    @Test
    void chartsAreDrawn_andTheConsoleStaysSilent() throws IOException, InterruptedException {
        Browser b = open("--dump-dom");
        assertThat(b.err().lines().filter(l -> l.contains("CONSOLE"))).isEmpty();
        assertThat(b.out()).contains("data-drawn=\"" + 2 * CHARTS_PER_STUDY + "\"");
        assertThat(b.out()).contains("class=\"knee\"", "aria-label");
    }

    @Test
    void reportPrints() throws IOException, InterruptedException {
        Path pdf = folder.resolve("report.pdf");
        Browser b = open("--print-to-pdf=" + pdf, "--no-pdf-header-footer");
        assertThat(b.err().lines().filter(l -> l.contains("CONSOLE"))).isEmpty();
        assertThat(Files.size(pdf)).isGreaterThan(50_000);
    }
}
