package dev.kneepoint.samples.cli;

import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.report.PointFields;
import dev.kneepoint.report.RunJson;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Runs of one configuration at several sizes. */
final class RunTable {
    private RunTable() {}

    static void print(List<RunCommand.Measured> all, PrintWriter out) {
        RunCommand.Measured first = all.getFirst();
        ScalingMetrics base = first.metrics();
        out.println(first.plan().scenario().workload().model().name() + ", "
                + first.plan().layout().strategy().spec() + ", sequence "
                + first.plan().scenario().workload().sequenceLength() + "; " + base.origin() + "; medians of "
                + base.step().samples() + " steps after " + base.step().warmup() + " of warm-up");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "devices",
                "step ms",
                "p5",
                "p95",
                "tok/s",
                "speed-up",
                "efficiency %",
                "compute %",
                "exposed %",
                "straggler %",
                "bubble %"));
        for (RunCommand.Measured m : all) {
            rows.add(row(m.metrics(), base));
        }
        StudyTable.table("", rows, out);
        if (all.stream().anyMatch(m -> isCrowded(m.metrics()))) {
            out.println("! more ranks than cores: they take turns, and their speed-up is not the machine's");
        }
    }

    /** Whether ranks shared cores. */
    static boolean isCrowded(ScalingMetrics m) {
        return m.flags().contains("oversubscribed");
    }

    private static List<String> row(ScalingMetrics m, ScalingMetrics base) {
        TimeParts p = m.meanParts();
        double speedUp = m.tokensPerSecond() / base.tokensPerSecond();
        double ideal = (double) m.devices() / base.devices();
        return List.of(
                m.devices() + (isCrowded(m) ? "!" : ""),
                format(1e3 * m.step().median().value()),
                format(1e3 * m.step().p5().value()),
                format(1e3 * m.step().p95().value()),
                String.format(Locale.ROOT, "%,.0f", m.tokensPerSecond()),
                String.format(Locale.ROOT, "%.2f", speedUp),
                format(100 * speedUp / ideal),
                format(100 * p.compute() / p.total()),
                format(100 * p.exposedCommunication() / p.total()),
                format(100 * p.straggler() / p.total()),
                format(100 * p.bubble() / p.total()));
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    static void csv(List<RunCommand.Measured> all, PrintWriter out) {
        for (int i = 0; i < all.size(); i++) {
            Map<String, Double> fields = PointFields.of(all.get(i).metrics());
            if (i == 0) {
                out.println(String.join(",", fields.keySet()));
            }
            out.println(String.join(
                    ",", fields.values().stream().map(String::valueOf).toList()));
        }
    }

    /** One object for one size, else an array of them. */
    static void json(List<RunCommand.Measured> all, PrintWriter out) {
        if (all.size() > 1) {
            out.println("[");
        }
        for (int i = 0; i < all.size(); i++) {
            RunJson.write(all.get(i).plan(), all.get(i).metrics(), out);
            if (i + 1 < all.size()) {
                out.println(",");
            }
        }
        if (all.size() > 1) {
            out.println("]");
        }
    }
}
