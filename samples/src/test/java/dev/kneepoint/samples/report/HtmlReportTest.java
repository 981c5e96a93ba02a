package dev.kneepoint.samples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
    private static final String HOSTILE = "<script>alert('x')</script>{{data}}\"&";

    static StudyResult study(TransformerModel model) {
        Scenario scenario = Scenario.of(
                TrainingWorkload.bf16(model, 4096, 1),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack("torch-fsdp"));
        return Kneepoint.create()
                .study(scenario)
                .strong(16)
                .devices(List.of(8, 16, 32, 64, 128))
                .strategies("fsdp", "fsdp,tp=8", "ddp,pp=2")
                .envelope(true)
                .run();
    }

    private static String render(StudyResult study) throws IOException {
        StringBuilder out = new StringBuilder();
        HtmlReport.write(List.of(study), "1.2.3", out);
        return out.toString();
    }

    @Test
    void report_putsTheVerdictFirstAndAllPointsInTheTable() throws IOException {
        StudyResult study = study(ModelCatalog.get("llama2-7b"));
        String html = render(study);
        assertThat(html.indexOf("class=\"verdict\""))
                .isLessThan(html.indexOf("<canvas"))
                .isPositive();
        assertThat(html).contains(Html.text(study.verdict().sentence()));
        int points = study.series().stream().mapToInt(s -> s.points().size()).sum();
        String table = html.substring(html.indexOf("class=\"figures\""));
        table = table.substring(0, table.indexOf("</table>"));
        assertThat(Pattern.compile("<tr><td>").matcher(table).results().count()).isEqualTo(points);
        assertThat(table).contains("cannot run: ");
        assertThat(html).contains("Before you buy", "Small-scale trial", "missing", "taken from a catalog", "1.2.3");
    }

    @Test
    void report_loadsNothing() throws IOException {
        String html = render(study(ModelCatalog.get("llama2-7b")));
        assertThat(Pattern.compile("(src|href)\\s*=\\s*[\"'](?!data:|#)")
                        .matcher(html.replaceAll("(?s)<script>.*?</script>", ""))
                        .find())
                .isFalse();
        assertThat(html).doesNotContain("@import", "<iframe");
    }

    @Test
    void hostileNames_stayText() throws IOException {
        TransformerModel model =
                ModelCatalog.get("llama2-7b").toBuilder().name(HOSTILE).build();
        String html = render(study(model));
        assertThat(html).doesNotContain("<script>alert");
        assertThat(html).contains("&lt;script&gt;alert(&#39;x&#39;)");
        assertThat(Pattern.compile("<script").matcher(html).results().count()).isEqualTo(3);
    }

    @Test
    void noStudy_isRefused() {
        assertThatThrownBy(() -> HtmlReport.write(List.of(), "1", new StringBuilder()))
                .hasMessageContaining("at least one study");
    }
}
