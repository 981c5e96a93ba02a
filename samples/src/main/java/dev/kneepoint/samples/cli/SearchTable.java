package dev.kneepoint.samples.cli;

import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.report.SearchJson;
import dev.kneepoint.samples.report.KneeLine;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.study.FoundLayout;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchExplanation.Explained;
import dev.kneepoint.study.SearchResult;
import dev.kneepoint.study.SearchRobustness;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Prints searches for people. */
final class SearchTable {
    private static final double GB = 1e9;

    private SearchTable() {}

    static void print(List<SearchJson.Size> sizes, List<String> trust, PrintWriter out) {
        for (SearchJson.Size size : sizes) {
            one(size, out);
        }
        List<SearchResult> results = sizes.stream().map(SearchJson.Size::result).toList();
        if (sizes.size() > 1) {
            map(results, out);
        }
        ParetoTable.print(results, out);
        trust.forEach(line -> StudyTable.wrapped(line, "  ", out));
    }

    private static void one(SearchJson.Size size, PrintWriter out) {
        SearchResult r = size.result();
        out.printf(
                Locale.ROOT,
                "%s on %,d x %s, %s, global batch %,d, sequence %,d: %,d layouts, %,d evaluated, %,d pruned in %.1f s"
                        + " on %d threads%s%n",
                r.scenario().workload().model().name(),
                r.devices(),
                r.scenario().cluster().name(),
                r.scenario().stack().name(),
                r.scenario().workload().globalBatch(),
                r.scenario().workload().sequenceLength(),
                r.space(),
                r.evaluated(),
                r.pruned(),
                r.seconds(),
                r.threads(),
                r.complete() ? "" : "; time was up, so better ones may exist");
        if (r.best().isEmpty()) {
            size.obstacle()
                    .ifPresentOrElse(
                            o -> ObstacleLines.print(o, out),
                            () -> out.println("nothing was found before the time was up"));
        } else {
            best(r, out);
            front(r, out);
            size.explanation().ifPresent(e -> why(e, out));
            size.robustness().ifPresent(x -> robust(x, out));
        }
        out.println();
    }

    private static void best(SearchResult r, PrintWriter out) {
        boolean energy = r.best().get(0).joulesPerToken().isPresent();
        out.println("rank   step s  MFU %   tok/s/dev  GB/dev  " + (energy ? "  J/tok  " : "")
                + "strategy (= as good as the first, within 2 %)");
        int rank = 0;
        for (FoundLayout f : r.best()) {
            out.printf(
                    Locale.ROOT,
                    "%4d%s %8.3f  %5.1f  %10.0f  %6.1f  %s%s%n",
                    ++rank,
                    rank <= r.ties().size() && r.ties().size() > 1 ? "=" : " ",
                    f.seconds(),
                    100 * r.mfu(f),
                    r.tokensPerSecond(f) / r.devices(),
                    f.memoryBytes() / GB,
                    energy
                            ? String.format(
                                    Locale.ROOT, "%7.3f  ", f.joulesPerToken().getAsDouble())
                            : "",
                    spec(f));
        }
    }

    static String spec(FoundLayout f) {
        return spec(f.layout());
    }

    /** With equal chunks of a split in runs, which alone make it too long to read otherwise. */
    private static String spec(Layout layout) {
        String spec = layout.strategy().spec();
        return layout.strategy().split().isEmpty()
                ? spec
                : spec.replaceAll("split=[0-9-]+", "split=" + runs(layout.chunkLayers()));
    }

    private static String runs(List<Integer> layers) {
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int i = 1; i <= layers.size(); i++) {
            if (i == layers.size() || !layers.get(i).equals(layers.get(from))) {
                out.append(out.isEmpty() ? "" : "-")
                        .append(i - from)
                        .append('x')
                        .append(layers.get(from));
                from = i;
            }
        }
        return out.toString();
    }

    private static void front(SearchResult r, PrintWriter out) {
        if (r.front().size() > 1) {
            FoundLayout leanest = r.front().stream()
                    .min(Comparator.comparingDouble(FoundLayout::memoryBytes))
                    .orElseThrow();
            out.printf(
                    Locale.ROOT,
                    "memory against time: %d layouts on the front down to %.0f %% slower; the leanest there needs"
                            + " %.1f GB and takes %.3f s, %s%n",
                    r.front().size(),
                    100 * (SearchResult.FRONT - 1),
                    leanest.memoryBytes() / GB,
                    leanest.seconds(),
                    spec(leanest));
        }
    }

    private static void why(SearchExplanation e, PrintWriter out) {
        out.println("why: limited by " + e.limiter()
                + e.winner()
                        .metrics()
                        .energy()
                        .map(x -> String.format(Locale.ROOT, "; %.3f J a token", x.joulesPerToken()))
                        .orElse(""));
        e.runnerUp().ifPresent(x -> against("runner-up", e.winner(), x, out));
        e.plain().ifPresent(x -> against("plain fsdp", e.winner(), x, out));
        StringBuilder gains = new StringBuilder("a machine twice as good in one respect:");
        e.gains().stream()
                .sorted(Comparator.comparingDouble(SearchExplanation.Gain::speedup)
                        .reversed())
                .forEach(g -> gains.append(String.format(
                        Locale.ROOT, " %s %.2f,", g.change().part().label(), g.speedup())));
        out.println(gains.substring(0, gains.length() - 1) + " times as quick");
    }

    private static void against(String name, Explained winner, Explained other, PrintWriter out) {
        StringBuilder parts = new StringBuilder();
        for (TimeClass c : TimeClass.values()) {
            double more = other.metrics().meanParts().of(c)
                    - winner.metrics().meanParts().of(c);
            if (Math.abs(more) >= 5e-4) {
                parts.append(String.format(
                        Locale.ROOT,
                        ", %s %+.3f",
                        c.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        more));
            }
        }
        double all =
                other.metrics().stepTime().value() - winner.metrics().stepTime().value();
        out.printf(
                Locale.ROOT,
                "  %s %s takes %+.3f s%s%n",
                name,
                spec(other.layout()),
                all,
                parts.isEmpty() ? "" : ":" + parts.substring(1));
    }

    private static void robust(SearchRobustness x, PrintWriter out) {
        SearchRobustness.Judged choice = x.choice();
        SearchRobustness.Judged nominal = x.nominal();
        boolean same = choice.equals(nominal);
        out.printf(
                Locale.ROOT,
                "robust choice of %d layouts on %d machines within the uncertainty of the profiles: %s, which loses %.1f %%"
                        + " in the mean and %.1f %% at worst%s%n",
                x.layouts().size(),
                x.draws(),
                same ? "the first" : spec(choice.found()),
                100 * choice.expectedRegret(),
                100 * choice.worstRegret(),
                same
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " (the first: %.1f %% and %.1f %%)",
                                100 * nominal.expectedRegret(),
                                100 * nominal.worstRegret()));
    }

    private static void map(List<SearchResult> sizes, PrintWriter out) {
        out.println("devices  best step s   tok/s/dev  MFU %  winner (> where it changes)");
        Optional<String> before = Optional.empty();
        for (SearchResult r : sizes) {
            if (r.best().isEmpty()) {
                out.printf(Locale.ROOT, "%7d  -%s%n", r.devices(), late(r));
                continue;
            }
            FoundLayout f = r.best().get(0);
            String family = SearchExplanation.family(f.layout());
            out.printf(
                    Locale.ROOT,
                    "%7d  %11.3f  %10.0f  %5.1f  %s%s%s%n",
                    r.devices(),
                    f.seconds(),
                    r.tokensPerSecond(f) / r.devices(),
                    100 * r.mfu(f),
                    before.isPresent() && !before.get().equals(family) ? "> " : "  ",
                    family,
                    late(r));
            before = Optional.of(family);
        }
        KneeLine.of(sizes).ifPresent(out::println);
    }

    private static String late(SearchResult r) {
        return r.complete() ? "" : " (time was up)";
    }
}
