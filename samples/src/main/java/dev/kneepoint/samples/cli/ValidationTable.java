package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.SourceSummary;
import dev.kneepoint.calibration.ValidationResult;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A validation as text, a line per source. */
final class ValidationTable {
    private static final int SOURCE_WIDTH = 60;

    private ValidationTable() {}

    static void print(ValidationResult result, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("rows", "predicted", "median %", "p90 %", "bias %", "null model median %", "source"));
        for (SourceSummary s : result.bySource()) {
            rows.add(cells(s));
        }
        SourceSummary all = result.overall();
        rows.add(cells(all));
        StudyTable.table("|predicted/measured - 1| of step time, by source", rows, out);
        if (!all.skipped().isEmpty()) {
            out.println();
            out.println("skipped rows, by reason:");
            all.skipped().forEach((reason, count) -> out.println("  " + count + "  " + reason));
        }
        out.println();
        out.println("The null model takes every run to reach half of its device's peak.");
    }

    private static List<String> cells(SourceSummary s) {
        String name = s.source().length() > SOURCE_WIDTH ? s.source().substring(0, SOURCE_WIDTH - 1) + "…" : s.source();
        return List.of(
                String.valueOf(s.rows()),
                String.valueOf(s.predicted()),
                percent(s.median()),
                percent(s.p90()),
                percent(s.bias()),
                percent(s.nullMedian()),
                name);
    }

    private static String percent(OptionalDouble fraction) {
        return fraction.isPresent() ? String.format(Locale.ROOT, "%.1f", 100 * fraction.getAsDouble()) : "-";
    }
}
