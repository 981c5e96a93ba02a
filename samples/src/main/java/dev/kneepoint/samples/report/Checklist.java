package dev.kneepoint.samples.report;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;

/** What a buyer should know before deciding, where each figure comes from, and what to measure next. */
final class Checklist {
    private static final String MEASURED = "measured";
    private static final String CATALOG = "taken from a catalog";
    private static final String MISSING = "missing";

    private Checklist() {}

    static void append(StudyResult study, StringBuilder out) {
        boolean measured = study.series().stream()
                .flatMap(s -> s.ran().stream())
                .map(StudyPoint.Ran::metrics)
                .anyMatch(m -> m.provenance() != Provenance.SIMULATED);
        String figure = measured ? MEASURED : CATALOG;
        String simulated = measured ? "" : "simulated on catalog figures; ";
        out.append("<section aria-labelledby=\"checklist\"><h2 id=\"checklist\">Before you buy</h2>\n")
                .append("<table class=\"plain\"><thead><tr><th>what</th><th>state</th><th>what to measure next</th>")
                .append("</tr></thead><tbody>\n");
        row(out, "Work per device", figure, simulated + "time one layer at the per-device batch of the size you want");
        row(
                out,
                "Bandwidth",
                CATALOG,
                "run nccl-tests all-gather and all-reduce at 16 MiB to 1 GiB inside and across nodes");
        row(
                out,
                "Latency",
                CATALOG,
                "run a 1 MiB all-gather at two sizes, for example 2 and 8 nodes; the difference per rank decides the knee");
        row(
                out,
                "Small-scale trial",
                measured ? MEASURED : MISSING,
                "run the real job on 1, 2, 4 and 8 nodes at the fixed global batch and compare with the table");
        row(out, "MFU", figure, simulated + "take it from the trial's step times");
        row(out, "Throughput", figure, simulated + "tokens per second from the trial's logs");
        row(out, "Power", figure, simulated + "read the devices' energy counters over the trial");
        row(out, "Cost", CATALOG, "ask for a quote; pass it with --price");
        row(out, "Strategy", figure, simulated + "run the two best layouts of the table at the trial's largest size");
        out.append("</tbody></table></section>\n");
    }

    private static void row(StringBuilder out, String what, String state, String next) {
        String kind = state.equals(MEASURED) ? "good" : state.equals(MISSING) ? "bad" : "fair";
        out.append("<tr><th scope=\"row\">")
                .append(what)
                .append("</th><td><span class=\"state ")
                .append(kind)
                .append("\">")
                .append(state)
                .append("</span></td><td>")
                .append(Html.text(next))
                .append("</td></tr>\n");
    }
}
