package dev.kneepoint.samples.cli;

import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.StepTimes;
import dev.kneepoint.samples.report.LeadingSeries;
import dev.kneepoint.samples.report.TrustLines;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A study as text: the verdict, the leading series in detail, and all series side by side. */
final class StudyTable {
    private static final int WIDTH = 118;

    private StudyTable() {}

    static void print(StudyResult study, PrintWriter out) {
        out.println(study.title() + " (" + study.scenario().stack().name() + ", "
                + study.scenario().workload().precision().label() + ", sequence "
                + study.scenario().workload().sequenceLength() + ", backend " + study.backend() + ")");
        out.println();
        detail(LeadingSeries.of(study), out);
        if (study.series().size() > 1) {
            out.println();
            matrix(study.series(), out);
        }
        out.println();
        wrapped("Verdict: " + study.verdict().sentence(), "  ", out);
        for (String note : study.verdict().notes()) {
            wrapped("  - " + note, "    ", out);
        }
        TrustLines.of(study).forEach(line -> wrapped(line, "  ", out));
        out.println();
    }

    /** Breaks text between words; lines after the first are indented. */
    static void wrapped(String text, String indent, PrintWriter out) {
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (line.length() + word.length() + 1 > WIDTH && !line.toString().isBlank()) {
                out.println(line.toString().stripTrailing());
                line.setLength(0);
                line.append(indent);
            }
            line.append(word).append(' ');
        }
        out.println(line.toString().stripTrailing());
    }

    private static void detail(StudySeries series, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "devices",
                "strategy",
                "step s",
                "tok/s/dev",
                "MFU %",
                "compute %",
                "exposed %",
                "bubble %",
                "launch %",
                "W/dev",
                "tok/J",
                "USD/Mtok",
                "GB/dev"));
        for (StudyPoint p : series.points()) {
            switch (p) {
                case StudyPoint.Ran ran -> rows.add(cells(series, ran));
                case StudyPoint.CannotRun no -> rows.add(List.of(no.devices() + "", "- " + no.reason()));
            }
        }
        table("series " + series.name() + " (* = knee)", rows, out);
        if (isRepeated(series)) {
            spread(series, out);
        }
    }

    private static boolean isRepeated(StudySeries series) {
        return series.ran().stream().anyMatch(p -> p.metrics().step().samples() > 1);
    }

    /** What repetitions showed: how far apart steps lie, and which sizes had more ranks than cores. */
    private static void spread(StudySeries series, PrintWriter out) {
        StringBuilder line = new StringBuilder("spread of steps (p95 - p5 over the median):");
        boolean crowded = false;
        for (StudyPoint.Ran p : series.ran()) {
            StepTimes t = p.metrics().step();
            double relative = (t.p95().value() - t.p5().value()) / t.median().value();
            crowded |= RunTable.isCrowded(p.metrics());
            line.append(' ')
                    .append(p.devices())
                    .append(RunTable.isCrowded(p.metrics()) ? "!" : "")
                    .append(": ")
                    .append(number("%.0f %%", 100 * relative))
                    .append(',');
        }
        StepTimes first = series.ran().getFirst().metrics().step();
        wrapped(line + " " + first.samples() + " steps each after " + first.warmup() + " of warm-up", "  ", out);
        if (crowded) {
            out.println("! more ranks than cores: they take turns, and their speed-up is not the machine's");
        }
    }

    private static List<String> cells(StudySeries series, StudyPoint.Ran p) {
        ScalingMetrics m = p.metrics();
        double total = m.meanParts().total();
        return List.of(
                mark(series, p.devices()) + p.devices(),
                p.strategy(),
                number("%.3f", m.stepTime().value()),
                number("%,.0f", m.tokensPerSecondPerDevice()),
                m.utilization().map(u -> number("%.1f", 100 * u.mfu())).orElse("-"),
                number("%.1f", 100 * m.meanParts().compute() / total),
                number("%.1f", 100 * m.meanParts().exposedCommunication() / total),
                number("%.1f", 100 * m.meanParts().bubble() / total),
                number("%.1f", 100 * m.meanParts().launch() / total),
                m.energy().map(e -> number("%.0f", e.wattsPerDevice())).orElse("-"),
                m.energy().map(e -> number("%.2f", e.tokensPerJoule())).orElse("-"),
                m.usdPerMillionTokens().map(c -> number("%.3f", c)).orElse("-"),
                m.memory().map(b -> number("%.1f", b.total().value() / 1e9)).orElse("-"));
    }

    private static void matrix(List<StudySeries> series, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("devices"));
        series.forEach(s -> header.add(s.name()));
        rows.add(header);
        for (StudyPoint size : series.get(0).points()) {
            List<String> row = new ArrayList<>(List.of(String.valueOf(size.devices())));
            for (StudySeries s : series) {
                row.add(cell(s, size.devices()));
            }
            rows.add(row);
        }
        table("tokens/s per device (MFU %), * = knee, - = cannot run", rows, out);
    }

    private static String cell(StudySeries s, int devices) {
        Optional<StudyPoint.Ran> at =
                s.ran().stream().filter(p -> p.devices() == devices).findFirst();
        return at.map(p -> mark(s, devices)
                        + number("%,.0f", p.metrics().tokensPerSecondPerDevice())
                        + p.metrics()
                                .utilization()
                                .map(u -> number(" (%.1f)", 100 * u.mfu()))
                                .orElse(""))
                .orElse("-");
    }

    private static String mark(StudySeries s, int devices) {
        return s.knee() instanceof KneeResult.At at && at.devices() == devices ? "*" : "";
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    /** Columns as wide as their widest cell, right-aligned but for text; a short row's last cell runs free. */
    static void table(String title, List<List<String>> rows, PrintWriter out) {
        int columns = rows.get(0).size();
        int[] width = new int[columns];
        for (List<String> row : rows) {
            for (int c = 0; c < row.size() && row.size() == columns; c++) {
                width[c] = Math.max(width[c], row.get(c).length());
            }
        }
        if (!title.isEmpty()) {
            out.println(title);
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < row.size(); c++) {
                boolean free = row.size() < columns && c == row.size() - 1;
                line.append(c == 0 ? "" : "  ")
                        .append(
                                free
                                        ? row.get(c)
                                        : " "
                                                        .repeat(Math.max(
                                                                0,
                                                                width[c]
                                                                        - row.get(c)
                                                                                .length()))
                                                + row.get(c));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
