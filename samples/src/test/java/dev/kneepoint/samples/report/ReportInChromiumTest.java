package dev.kneepoint.samples.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kneepoint.report.SearchJson;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.study.StudyResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The report in a real browser without a window. Skipped without one, unless everything is required. */
class ReportInChromiumTest {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

    @TempDir
    Path temp;

    private record Shown(String dom, String log) {}

    @BeforeEach
    void needsChromium() {
        if ("1".equals(System.getenv("KNEEPOINT_REQUIRE_ALL"))) {
            assertThat(CHROMIUM).isExecutable();
        }
        assumeTrue(Files.isExecutable(CHROMIUM), () -> "no " + CHROMIUM);
    }

    @Test
    void drawsEveryChartWithoutAnError() throws Exception {
        Shown shown = show(SampleStudies.both(), "--dump-dom");

        assertThat(shown.log()).doesNotContain("CONSOLE");
        // Two studies of four line charts and a stacked one.
        assertThat(count(shown.dom(), "<canvas[^>]* width=\"[1-9]")).isEqualTo(10);
        assertThat(count(shown.dom(), "aria-pressed=\"true\"")).isEqualTo(2 * (4 * 3 + 1 + 6 + 1));
        assertThat(shown.dom()).contains("Values at 2,048 devices").contains("knee at 256");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<script>console.error('ran')</script>", "</script><img src=x onerror=console.error(1)>"})
    void runsNothingThatAStudyBringsAlong(String text) throws Exception {
        Shown shown = show(List.of(SampleStudies.hostile(text)), "--dump-dom");

        assertThat(shown.log()).doesNotContain("CONSOLE");
        assertThat(shown.dom()).doesNotContain("<img").contains("<canvas");
        assertThat(count(shown.dom(), "<script")).isEqualTo(4);
    }

    @Test
    void standsAStudyInWhichNothingRan() throws Exception {
        Shown shown = show(List.of(SampleStudies.nothingRan()), "--dump-dom");

        assertThat(shown.log()).doesNotContain("CONSOLE");
        assertThat(shown.dom()).contains("No studied size can run.").doesNotContain("<canvas");
    }

    @Test
    void answersKeysAndButtons() throws Exception {
        // The page's own policy forbids strange scripts, so leave it out here.
        String html = html(SampleStudies.both()).replaceFirst("<meta http-equiv=[^>]*>", "") + """
                <script>
                const plot = document.querySelector('.plot');
                const said = [];
                const text = (selector) => document.querySelector(selector).textContent;
                const key = (k) => plot.dispatchEvent(new KeyboardEvent('keydown', {key: k, cancelable: true}));
                setTimeout(() => {
                    key('Home');
                    key('ArrowRight');
                    setTimeout(() => {
                        said.push('at=' + text('.legend .at'), 'live=' + text('#live'));
                        document.querySelector('.legend button').click();
                        said.push('shown=' + document.querySelector('.legend button').ariaPressed);
                        document.querySelector('.scale').click();
                        const choice = document.querySelector('.choice');
                        choice.value = '2';
                        choice.dispatchEvent(new Event('change'));
                        said.push('bubble=' + choice.closest('figure').querySelectorAll('.value')[2].textContent);
                        const head = document.querySelectorAll('.full thead button')[3];
                        head.click();
                        said.push('up=' + document.querySelector('.full tbody tr').cells[3].textContent);
                        head.click();
                        said.push('down=' + document.querySelector('.full tbody tr').cells[3].textContent);
                        document.getElementById('theme').click();
                        said.push('theme=' + document.documentElement.dataset.theme);
                        document.title = said.join('|');
                    }, 100);
                }, 100);
                </script>""";

        Shown shown = show(html, "--dump-dom");

        assertThat(shown.log()).doesNotContain("CONSOLE");
        assertThat(shown.dom())
                .contains("<title>at=Values at 16 devices|live=16 devices: fsdp 163 ktokens/s, fsdp,tp=2 166 ktokens/s,"
                        + " dp,tp=4,pp=2,schedule=interleaved,virtual=2 cannot run, ideal 167 ktokens/s"
                        + "|shown=false|bubble=44.0 %|up=82.7 k|down=14.8 M|theme=dark</title>");
    }

    @Test
    void search_answersKeysAndButtons() throws Exception {
        // The page's own policy forbids strange scripts, so leave it out here.
        String html = search().replaceFirst("<meta http-equiv=[^>]*>", "") + """
                <script>
                const plot = document.querySelector('.scatter');
                const said = [];
                const head = () => plot.closest('figure').querySelector('.legend .at').textContent;
                const key = (k) => plot.dispatchEvent(new KeyboardEvent('keydown', {key: k, cancelable: true}));
                setTimeout(() => {
                    said.push(head());
                    document.querySelector('select.axis').value = 'energy';
                    document.querySelector('select.axis').dispatchEvent(new Event('change'));
                    key('Home');
                    said.push('first=' + head());
                    said.push('live=' + (document.getElementById('live').textContent === head()));
                    plot.closest('figure').querySelector('.legend button').click();
                    said.push('left=' + parseInt(head()));
                    document.getElementById('theme').click();
                    said.push('charts=' + document.querySelectorAll('canvas').length);
                    document.title = said.join('|');
                }, 100);
                </script>""";

        Shown shown = show(html, "--dump-dom");

        assertThat(shown.log()).doesNotContain("CONSOLE");
        assertThat(shown.dom())
                .containsPattern(
                        "<title>\\d+ layouts; a ring marks the best of each size"
                                + "\\|first=[0-9,]+ devices, [a-z0-9=,]+: .* GB, .* J per token.*\\|live=true\\|left=\\d+\\|charts=3")
                .contains("knee");
    }

    @Test
    void search_inWhichNothingFits_isShown() throws Exception {
        StringBuilder html = new StringBuilder();
        SearchReport.write(SampleSearches.nothingFits(), new Crossover(List.of()), List.of(), "0.1-test", html);

        Shown shown = show(html.toString(), "--dump-dom");

        assertThat(shown.log()).doesNotContain("CONSOLE");
        assertThat(shown.dom()).contains("Nothing fits").doesNotContain("<canvas");
    }

    @Test
    void search_thatTimeCutOff_saysSoInTheLegend() throws Exception {
        List<SearchJson.Size> sizes = SampleSearches.several().stream()
                .map(s -> new SearchJson.Size(s.result().withTop(1), s.explanation(), s.obstacle(), s.robustness()))
                .toList();

        Shown shown = show(search(sizes, Optional.of(Duration.ofNanos(1))), "--dump-dom");

        assertThat(shown.log()).doesNotContain("CONSOLE");
        assertThat(shown.dom())
                .contains("<span class=\"value\">not found in time</span>")
                .doesNotContain("cannot run</span>");
    }

    private static String search() throws IOException {
        return search(SampleSearches.several(), Optional.empty());
    }

    private static String search(List<SearchJson.Size> sizes, Optional<Duration> limit) throws IOException {
        StringBuilder html = new StringBuilder();
        SearchReport.write(
                sizes,
                Crossover.of(SampleSearches.results(sizes), limit, ProgressListener.none(), CancellationToken.none()),
                List.of(),
                "0.1-test",
                html);
        return html.toString();
    }

    @Test
    void printsAsPdf() throws Exception {
        Path pdf = temp.resolve("report.pdf");

        show(SampleStudies.both(), "--no-pdf-header-footer", "--print-to-pdf=" + pdf);

        assertThat(pdf).isRegularFile();
        assertThat(Files.size(pdf)).isGreaterThan(30_000);
    }

    private Shown show(List<StudyResult> studies, String... flags) throws IOException, InterruptedException {
        return show(html(studies), flags);
    }

    private static String html(List<StudyResult> studies) throws IOException {
        StringBuilder html = new StringBuilder();
        HtmlReport.write(studies, "0.1-test", html);
        return html.toString();
    }

    private Shown show(String html, String... flags) throws IOException, InterruptedException {
        Path file = Files.writeString(temp.resolve("report.html"), html);
        Path out = temp.resolve("out");
        Path log = temp.resolve("log");
        List<String> command = new ArrayList<>(List.of(
                CHROMIUM.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--enable-logging=stderr",
                "--v=0",
                "--virtual-time-budget=3000",
                "--window-size=1280,3000",
                "--user-data-dir=" + temp.resolve("profile")));
        command.addAll(List.of(flags));
        command.add(file.toUri().toString());
        Process browser = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(log.toFile())
                .start();
        try {
            assertThat(browser.waitFor(90, TimeUnit.SECONDS))
                    .as("the browser ended")
                    .isTrue();
        } finally {
            browser.descendants().forEach(ProcessHandle::destroyForcibly);
            browser.destroyForcibly();
        }
        assertThat(browser.exitValue()).isZero();
        return new Shown(Files.readString(out, UTF_8), Files.readString(log, UTF_8));
    }

    private static long count(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }
}
