package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.FittedConstant;
import dev.kneepoint.calibration.MicrobenchmarkGroup;
import dev.kneepoint.calibration.MicrobenchmarkResult;
import dev.kneepoint.samples.validation.Wording;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Predictions of microbenchmarks as Markdown.
 *
 * @param products products and attention, with the profiles judged
 * @param collectives collectives
 * @param constants fitted constants; empty if nothing was fitted
 */
record MicrobenchmarkReport(
        MicrobenchmarkResult products, MicrobenchmarkResult collectives, List<FittedConstant> constants) {
    private static final int NAME_WIDTH = 70;

    void writeTo(Writer out) throws IOException {
        out.write("# Microbenchmarks\n\n");
        out.write(
                "Written by `kneepoint fit-microbenchmarks`. Errors are |predicted/measured - 1| of time, every row with\n");
        out.write(
                "one vote; bias is the median of predicted/measured - 1. Times include what the measuring tool adds.\n");
        section("Matrix products and attention, alone and at full clock", products, out);
        section("Collectives of 1 MiB and more", collectives, out);
        if (!constants.isEmpty()) {
            out.write("\n## Fitted constants\n\n");
            table(List.of("profile", "constant", "before", "after", "rows"), constantRows(), out);
        }
    }

    private static void section(String title, MicrobenchmarkResult result, Writer out) throws IOException {
        out.write("\n## " + title + "\n\n");
        List<List<String>> rows = new ArrayList<>();
        result.byGroup().forEach(g -> rows.add(cells(g)));
        result.overall().ifPresent(g -> rows.add(cells(g)));
        table(List.of("device or fabric", "rows", "median %", "p90 %", "bias %"), rows, out);
        if (!result.leftOut().isEmpty()) {
            out.write("\nLeft out:\n\n");
            List<List<String>> reasons = new ArrayList<>();
            result.leftOut().forEach((reason, count) -> reasons.add(List.of(reason, String.valueOf(count))));
            table(List.of("reason", "rows"), reasons, out);
        }
    }

    private static List<String> cells(MicrobenchmarkGroup g) {
        String name = g.name().length() > NAME_WIDTH ? g.name().substring(0, NAME_WIDTH - 1) + "…" : g.name();
        return List.of(
                name,
                String.valueOf(g.rows()),
                Wording.percent(g.median()),
                Wording.percent(g.p90()),
                Wording.percent(g.bias()));
    }

    private List<List<String>> constantRows() {
        return constants.stream()
                .map(c -> List.of(
                        c.profile(),
                        "`" + c.name() + "`",
                        digits(c.before()),
                        digits(c.after()),
                        String.valueOf(c.rows())))
                .toList();
    }

    private static void table(List<String> header, List<List<String>> rows, Writer out) throws IOException {
        out.write("| " + String.join(" | ", header) + " |\n");
        out.write("|" + " --- |".repeat(header.size()) + "\n");
        for (List<String> row : rows) {
            out.write("| " + String.join(" | ", row) + " |\n");
        }
    }

    private static String digits(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
