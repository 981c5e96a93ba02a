package dev.kneepoint.samples.validation;

import dev.kneepoint.calibration.Measurement;
import dev.kneepoint.calibration.Prediction;
import dev.kneepoint.calibration.SourceSummary;
import dev.kneepoint.calibration.ValidationRow;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Tables of single rows: those of a source, and the worst of all. */
final class RowPages {
    private RowPages() {}

    static String source(SourceSummary summary, List<ValidationRow> rows) {
        return new Markdown()
                .heading(1, summary.source())
                .paragraph("Rows " + summary.rows() + ", predicted " + summary.predicted()
                        + "; error of step time: median "
                        + Wording.percent(summary.median()) + " %, p90 " + Wording.percent(summary.p90()) + " %, bias "
                        + Wording.percent(summary.bias()) + " %; null model " + Wording.percent(summary.nullMedian())
                        + " %.")
                .table(
                        2,
                        List.of(
                                "id",
                                "layout",
                                "devices",
                                "measured s",
                                "predicted s",
                                "80 % interval",
                                "null s",
                                "error %",
                                "range"),
                        rows.stream().map(RowPages::cells).toList())
                .toString();
    }

    private static List<String> cells(ValidationRow r) {
        return List.of(
                r.id(),
                layout(r.measurement()),
                String.valueOf(r.devices()),
                r.measuredSeconds().map(RowPages::seconds).orElse("-"),
                r.predictedSeconds().map(RowPages::seconds).orElse("-"),
                r.prediction()
                        .map(p -> seconds(p.low()) + " - " + seconds(p.high()))
                        .orElse("-"),
                r.nullModelSeconds().map(RowPages::seconds).orElse("-"),
                r.relativeError()
                        .map(e -> String.format(Locale.ROOT, "%+.1f", 100 * e))
                        .orElse("-"),
                r.prediction()
                        .map(Prediction::trust)
                        .map(t -> t.level().label())
                        .orElse(r.skipped().map(s -> "skipped: " + s).orElse("-")));
    }

    static String worst(List<ValidationRow> judged, int count) {
        ErrorReasons reasons = new ErrorReasons(judged);
        String longest = judged.stream()
                .collect(Collectors.groupingBy(r -> r.measurement().family(), TreeMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse("");
        Markdown page = new Markdown()
                .heading(1, "The worst rows")
                .paragraph("The rows whose |log(predicted/measured)| is largest. Reasons come from rules on the row's"
                        + " columns: a ground for suspicion, not a proof. *Unknown* where no rule applies.")
                .heading(2, "Of all rows");
        worst(page, judged, count, reasons);
        page.heading(2, "Without the longest family (" + longest + ")");
        worst(
                page,
                judged.stream()
                        .filter(r -> !r.measurement().family().equals(longest))
                        .toList(),
                count,
                reasons);
        return page.toString();
    }

    private static void worst(Markdown page, List<ValidationRow> rows, int count, ErrorReasons reasons) {
        page.table(
                2,
                List.of("id", "possible reasons", "measured s", "predicted s", "error %"),
                rows.stream()
                        .filter(r -> r.relativeError().isPresent())
                        .sorted(Comparator.comparingDouble((ValidationRow r) -> -logError(r))
                                .thenComparing(ValidationRow::id))
                        .limit(count)
                        .map(r -> List.of(
                                r.id(),
                                because(reasons.of(r)),
                                seconds(r.measuredSeconds().orElseThrow()),
                                seconds(r.predictedSeconds().orElseThrow()),
                                String.format(
                                        Locale.ROOT,
                                        "%+.0f",
                                        100 * r.relativeError().orElseThrow())))
                        .toList());
    }

    private static String because(List<String> reasons) {
        return reasons.isEmpty() ? "*unknown*" : String.join("; ", reasons);
    }

    private static double logError(ValidationRow r) {
        return Math.abs(Math.log1p(r.relativeError().orElse(0.0)));
    }

    private static String layout(Measurement m) {
        StringJoiner words = new StringJoiner(" ");
        words.add(m.text("model"));
        words.add(m.text("precision"));
        words.add(m.text("dp_kind"));
        for (String degree : List.of("tp", "pp", "vpp", "cp", "ep")) {
            if (m.count(degree, 1) > 1) {
                words.add(degree + m.text(degree));
            }
        }
        words.add("mb" + m.text("micro_batch"));
        words.add("gb" + m.text("global_batch"));
        return words.toString();
    }

    static String seconds(double s) {
        return String.format(Locale.ROOT, s < 1 ? "%.4f" : s < 100 ? "%.3f" : "%.1f", s);
    }
}
