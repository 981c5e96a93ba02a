package dev.kneepoint.samples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kneepoint.Kneepoint;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.samples.report.Checklist.State;
import dev.kneepoint.study.Scaling;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The report's HTML without a browser. */
class HtmlReportTest {
    @Test
    void startsWithTheVerdictOfEveryStudy() throws Exception {
        List<StudyResult> studies = SampleStudies.both();

        String html = html(studies);

        int firstChart = html.indexOf("<figure");
        for (StudyResult s : studies) {
            assertThat(html.indexOf(s.verdict().sentence())).isBetween(0, firstChart);
        }
        assertThat(html).contains("fsdp,tp=2 is 38.2 % quicker than fsdp.").contains("Kneepoint 0.1-test");
    }

    @Test
    void saysHowFarPredictionsAreFromComparedRuns() throws Exception {
        TrainingWorkload workload = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 1);
        Scenario scenario = Scenario.of(workload, ClusterCatalog.get("dgx-h100"), ProfileCatalog.stack("torch-fsdp"));
        StudyResult study = Kneepoint.create()
                .study(scenario)
                .weak(2)
                .devices(List.of(16, 1024))
                .strategies("fsdp", "hsdp=8")
                .run();
        assertThat(TrustLines.of(study)).hasSize(2);
        assertThat(html(List.of(study))).contains(TrustLines.of(study));
    }

    @Test
    void isTheSameForTheSameStudies() throws Exception {
        assertThat(html(SampleStudies.both())).isEqualTo(html(SampleStudies.both()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"<script>alert(1)</script>", "</script><b>", "\"><img src=x onerror=alert(1)>", "{{version}}"})
    void escapesEveryText(String text) throws Exception {
        String html = html(List.of(SampleStudies.hostile(text)));

        assertThat(html.replaceAll("(?s)<style>.*?</style>|<script>.*?</script>", ""))
                .satisfies(rest -> {
                    assertThat(rest).doesNotContain("<img", "<b>", "<script>alert");
                    assertThat(count(rest, "<script")).isEqualTo(1);
                });
        assertThat(data(html).get(0).get("series").get(0).get("name").asText()).isEqualTo(text);
    }

    @Test
    void loadsNothing() throws Exception {
        String html = html(SampleStudies.both());

        assertThat(html).contains("default-src &#39;none&#39;");
        assertThat(html).doesNotContainPattern("(?i)\\b(src|srcset|poster|action|data)\\s*=\\s*[\"'][^\"']");
        assertThat(html)
                .doesNotContainPattern("(?i)@import|url\\(|<link|<iframe|<object|<embed|fetch\\(|XMLHttpRequest");
        assertThat(Pattern.compile("href=\"([^\"]*)\"").matcher(html).results().map(m -> m.group(1)))
                .isNotEmpty()
                .allSatisfy(target -> assertThat(html).contains("id=\"" + target.substring(1) + "\""))
                .allMatch(target -> target.startsWith("#"));
    }

    @Test
    void allowsExactlyItsOwnScriptsAndStyles() throws Exception {
        String html = html(SampleStudies.both());

        List<String> inlined = Pattern.compile("(?s)<(style|script)>(.*?)</\\1>")
                .matcher(html)
                .results()
                .map(m -> Assets.hash(m.group(2)))
                .toList();

        assertThat(inlined)
                .hasSize(5)
                .allSatisfy(hash -> assertThat(html.replace("&#39;", "'")).contains(hash));
        assertThat(html).doesNotContainPattern("<[^>]* style=");
    }

    @Test
    void hasEveryPointInTheTableAndInTheData() throws Exception {
        List<StudyResult> studies = SampleStudies.both();

        String html = html(studies);

        for (int i = 0; i < studies.size(); i++) {
            Table table = PointTable.of(studies.get(i));
            List<StudySeries> series = studies.get(i).series();
            assertThat(table.rows())
                    .hasSize(series.stream().mapToInt(s -> s.points().size()).sum());
            assertThat(table.rows())
                    .allSatisfy(r -> assertThat(1
                                    + r.cells().stream()
                                            .mapToInt(Table.Cell::span)
                                            .sum())
                            .isEqualTo(table.head().size()));
            assertThat(data(html).get(i).get("series")).hasSize(series.size());
            for (StudyPoint.Ran p : Checklist.ran(studies.get(i))) {
                assertThat(html).contains("data-key=\"" + p.metrics().tokensPerSecond() + "\"");
            }
        }
        assertThat(html).contains("cannot run: the strategy needs a multiple of 64 devices");
    }

    @Test
    void showsUnknownFiguresAsUnknown() throws Exception {
        StudyResult free = SampleStudies.study(
                Scaling.WEAK, Provenance.SIMULATED, SampleStudies.cluster().withPrice(0, "none"));

        String html = html(List.of(free));

        assertThat(html).contains("No figures: the cluster has no price").doesNotContain("$0");
        assertThat(data(html).get(0).get("series").get(0).get("cost")).allMatch(JsonNode::isNull);
    }

    @Test
    void checklistOfASimulation() {
        assertThat(states(SampleStudies.both()))
                .containsEntry("Work per device", List.of(State.CATALOG))
                .containsEntry("Bandwidth", List.of(State.CATALOG))
                .containsEntry("Latency", List.of(State.CATALOG))
                .containsEntry("Small-scale trial", List.of(State.MISSING))
                .containsEntry("MFU", List.of(State.SIMULATED))
                .containsEntry("Throughput", List.of(State.SIMULATED))
                .containsEntry("Power", List.of(State.SIMULATED))
                .containsEntry("Cost", List.of(State.CATALOG))
                .containsEntry("Strategy", List.of(State.SIMULATED));
    }

    @Test
    void checklistOfAMeasurementBesideASimulation() {
        StudyResult measured = SampleStudies.study(
                Scaling.STRONG, Provenance.MEASURED, SampleStudies.cluster().withPrice(0, "none"));

        assertThat(states(List.of(measured)))
                .containsEntry("Bandwidth", List.of(State.MEASURED))
                .containsEntry("Small-scale trial", List.of(State.MEASURED))
                .containsEntry("Throughput", List.of(State.MEASURED))
                .containsEntry("Cost", List.of(State.MISSING));
        assertThat(states(List.of(SampleStudies.study(Scaling.WEAK), measured)))
                .containsEntry("Throughput", List.of(State.MEASURED, State.SIMULATED));
    }

    @Test
    void checklistWhenNothingRan() {
        assertThat(states(List.of(SampleStudies.nothingRan())))
                .containsEntry("MFU", List.of(State.MISSING))
                .containsEntry("Throughput", List.of(State.MISSING))
                .containsEntry("Strategy", List.of(State.MISSING));
        assertThat(Checklist.of(List.of(SampleStudies.nothingRan())))
                .allSatisfy(item -> assertThat(item.next()).isNotBlank());
    }

    @Test
    void extrapolatedAndMixedAreNotMeasured() {
        for (Provenance p : List.of(Provenance.EXTRAPOLATED, Provenance.MIXED)) {
            assertThat(states(List.of(SampleStudies.study(Scaling.WEAK, p, SampleStudies.cluster()))))
                    .containsEntry("Throughput", List.of(State.SIMULATED))
                    .containsEntry("Small-scale trial", List.of(State.MISSING));
        }
    }

    @Test
    void needsAStudy() {
        assertThatIllegalArgumentException().isThrownBy(() -> html(List.of()));
    }

    private static Map<String, List<State>> states(List<StudyResult> studies) {
        return Checklist.of(studies).stream().collect(Collectors.toMap(Checklist.Item::name, Checklist.Item::states));
    }

    private static String html(List<StudyResult> studies) throws IOException {
        StringBuilder out = new StringBuilder();
        HtmlReport.write(studies, "0.1-test", out);
        return out.toString();
    }

    private static JsonNode data(String html) throws IOException {
        MatchResult found = Pattern.compile("(?s)<script type=\"application/json\" id=\"data\">(.*?)</script>")
                .matcher(html)
                .results()
                .findFirst()
                .orElseThrow();
        return new ObjectMapper().readTree(found.group(1));
    }

    private static long count(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }
}
