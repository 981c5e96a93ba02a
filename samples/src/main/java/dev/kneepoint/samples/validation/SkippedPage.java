package dev.kneepoint.samples.validation;

import dev.kneepoint.calibration.ValidationResult;
import dev.kneepoint.calibration.ValidationRow;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is left out of the figures, and why. */
final class SkippedPage {
    private SkippedPage() {}

    static String of(ValidationResult result) {
        Markdown page = new Markdown()
                .heading(1, "What is left out, and why")
                .paragraph(
                        "A row counts in the votes if it describes a whole training step of a known shape on an NVIDIA"
                                + " device and prints its step time or tokens/s. Rows that print only a rate in FLOP/s are"
                                + " compared, but do not count: the convention of the rate is the source's own.");
        Map<String, Integer> notJudged = new TreeMap<>();
        result.rows().forEach(r -> r.notJudged().ifPresent(w -> notJudged.merge(w, 1, Integer::sum)));
        page.heading(2, "Rows that do not count").table(1, List.of("reason", "rows"), counts(notJudged));
        Map<String, Integer> skipped = new TreeMap<>();
        result.judged().forEach(r -> r.skipped().ifPresent(w -> skipped.merge(w, 1, Integer::sum)));
        page.heading(2, "Rows that would count but are not predicted");
        if (skipped.isEmpty()) {
            page.paragraph("None.");
        } else {
            page.table(1, List.of("reason", "rows"), counts(skipped));
        }
        List<ValidationRow> suspects =
                result.rows().stream().filter(r -> r.suspect().isPresent()).toList();
        page.heading(2, "Suspect rows")
                .paragraph(
                        "They count in the votes like others and stay out of fits. The index gives the votes with and"
                                + " without them.")
                .table(
                        2,
                        List.of("id", "why", "predicted/measured - 1, %"),
                        suspects.stream()
                                .map(r -> List.of(
                                        r.id(),
                                        r.suspect().orElse(""),
                                        r.relativeError().map(Wording::percent).orElse("-")))
                                .toList());
        return page.toString();
    }

    private static List<List<String>> counts(Map<String, Integer> rows) {
        return rows.entrySet().stream()
                .map(e -> List.of(e.getKey(), String.valueOf(e.getValue())))
                .toList();
    }
}
