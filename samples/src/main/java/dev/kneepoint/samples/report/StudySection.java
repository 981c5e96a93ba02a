package dev.kneepoint.samples.report;

import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.report.PointFields;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One study of the report: verdict, places for the charts, table, assumptions. */
final class StudySection {
    private static final List<String> HEADERS = List.of(
            "series",
            "devices",
            "layout",
            "step s",
            "tokens/s",
            "tokens/s per device",
            "MFU %",
            "compute %",
            "exposed %",
            "bubble %",
            "straggler %",
            "launch %",
            "speed-up",
            "W per device",
            "tokens/J",
            "USD per M tokens",
            "GB per device",
            "provenance");

    private StudySection() {}

    static void append(StudyResult study, int index, StringBuilder out) {
        out.append("<section class=\"study\" aria-labelledby=\"study-")
                .append(index)
                .append("\">\n");
        out.append("<h2 id=\"study-")
                .append(index)
                .append("\">")
                .append(Html.text(study.title()))
                .append("</h2>\n");
        out.append("<p class=\"verdict\">")
                .append(Html.text(study.verdict().sentence()))
                .append("</p>\n<ul>\n");
        for (String note : study.verdict().notes()) {
            out.append("<li>").append(Html.text(note)).append("</li>\n");
        }
        out.append("</ul>\n");
        charts(study, index, out);
        knees(study, out);
        table(study, index, out);
        assumptions(study, out);
        out.append("</section>\n");
    }

    private static void charts(StudyResult study, int index, StringBuilder out) {
        out.append("<div class=\"charts\" data-study=\"").append(index).append("\">\n");
        chart(index, "throughput", "Throughput, tokens per second, against ideal", out);
        chart(index, "mfu", "Model FLOPs utilisation, %", out);
        out.append("<figure><figcaption>Where a step's time goes, % &nbsp;<label>series <select id=\"parts-of-")
                .append(index)
                .append("\">");
        for (StudySeries s : study.series()) {
            out.append("<option>").append(Html.text(s.name())).append("</option>");
        }
        out.append("</select></label></figcaption>");
        canvas(index, "parts", "Time parts of each step, stacked, by devices", out);
        out.append("</figure>\n");
        chart(index, "energy", "Tokens per joule (devices only)", out);
        chart(index, "cost", "Device cost, USD per million tokens", out);
        out.append(
                "</div>\n<noscript><p>The charts need JavaScript; the table below has all their figures.</p></noscript>\n");
    }

    private static void chart(int index, String name, String caption, StringBuilder out) {
        out.append("<figure><figcaption>").append(caption).append("</figcaption>");
        canvas(index, name, caption + ", by devices and series", out);
        out.append("</figure>\n");
    }

    private static void canvas(int index, String name, String label, StringBuilder out) {
        out.append("<div class=\"canvas\"><canvas id=\"")
                .append(name)
                .append('-')
                .append(index)
                .append("\" role=\"img\" aria-label=\"")
                .append(label)
                .append("; figures in the table\"></canvas></div>");
    }

    private static void knees(StudyResult study, StringBuilder out) {
        out.append("<h3>Knees</h3>\n<table class=\"plain\"><thead><tr><th>series</th><th>knee</th><th>why</th>")
                .append("<th>limited by</th></tr></thead><tbody>\n");
        for (StudySeries s : study.series()) {
            String knee = switch (s.knee()) {
                case KneeResult.At at -> at.devices() + " devices";
                case KneeResult.BeyondRange beyond -> "beyond " + beyond.largest();
                case KneeResult.Never never -> "none";
            };
            out.append("<tr><th scope=\"row\">").append(Html.text(s.name())).append("</th>");
            for (String cell : List.of(knee, s.knee().reason(), s.limiter())) {
                out.append("<td>").append(Html.text(cell)).append("</td>");
            }
            out.append("</tr>\n");
        }
        out.append("</tbody></table>\n");
    }

    private static void table(StudyResult study, int index, StringBuilder out) {
        out.append("<h3>All figures</h3>\n<div class=\"wide\"><table class=\"figures\" id=\"table-")
                .append(index)
                .append("\"><thead><tr>");
        HEADERS.forEach(h -> out.append("<th scope=\"col\">").append(h).append("</th>"));
        out.append("</tr></thead><tbody>\n");
        for (StudySeries s : study.series()) {
            for (StudyPoint p : s.points()) {
                out.append("<tr>");
                cell(out, s.name());
                cell(out, String.valueOf(p.devices()));
                switch (p) {
                    case StudyPoint.Ran ran -> ran(out, s, ran);
                    case StudyPoint.CannotRun no ->
                        out.append("<td class=\"no\" colspan=\"")
                                .append(HEADERS.size() - 2)
                                .append("\">cannot run: ")
                                .append(Html.text(no.reason()))
                                .append("</td>");
                }
                out.append("</tr>\n");
            }
        }
        out.append("</tbody></table></div>\n");
    }

    private static void ran(StringBuilder out, StudySeries s, StudyPoint.Ran p) {
        ScalingMetrics m = p.metrics();
        Map<String, Double> f = PointFields.of(s, p);
        TimeParts t = m.meanParts();
        cell(out, p.strategy());
        number(out, "%.3f", f.get("step_time_s"));
        number(out, "%,.0f", f.get("tokens_per_s"));
        number(out, "%,.0f", f.get("tokens_per_s_per_device"));
        number(out, "%.1f", percent(f.get("mfu")));
        for (double part :
                new double[] {t.compute(), t.exposedCommunication(), t.bubble(), t.straggler(), t.launch()}) {
            number(out, "%.1f", 100 * part / t.total());
        }
        number(out, "%.2f", f.get("speedup"));
        number(out, "%.0f", f.get("power_w_per_device"));
        number(out, "%.2f", f.get("tokens_per_joule"));
        number(out, "%.3f", f.get("cost_per_million_tokens_usd"));
        Double bytes = f.get("memory_bytes_per_device");
        number(out, "%.1f", bytes == null ? null : bytes / 1e9);
        String flags = m.flags().isEmpty() ? "" : " (" + String.join(", ", m.flags()) + ")";
        cell(out, m.provenance().label() + flags);
    }

    private static @Nullable Double percent(@Nullable Double fraction) {
        return fraction == null ? null : Double.valueOf(100 * fraction);
    }

    private static void number(StringBuilder out, String format, @Nullable Double value) {
        cell(out, value == null ? "–" : String.format(Locale.ROOT, format, value));
    }

    private static void cell(StringBuilder out, String text) {
        out.append("<td>").append(Html.text(text)).append("</td>");
    }

    private static void assumptions(StudyResult study, StringBuilder out) {
        out.append("<details open><summary>Assumptions and provenance</summary><dl>\n");
        study.assumptions()
                .forEach((name, value) -> out.append("<dt>")
                        .append(Html.text(name))
                        .append("</dt><dd>")
                        .append(Html.text(value))
                        .append("</dd>\n"));
        out.append("</dl></details>\n");
    }
}
