package dev.kneepoint.samples.cli;

import dev.kneepoint.study.ParetoFront;
import dev.kneepoint.study.ParetoFront.Member;
import dev.kneepoint.study.SearchResult;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;

/** Prints fronts for people: the best in each figure, and some layouts between them. */
final class ParetoTable {
    private static final int ROWS = 12;
    private static final double GB = 1e9;
    private static final List<Comparator<Member>> FIGURES = List.of(
            Comparator.comparingDouble(m -> -m.tokensPerSecond()),
            Comparator.comparingDouble(Member::memoryBytes),
            Comparator.comparingDouble(Member::usdPerMillionTokens),
            Comparator.comparingDouble(Member::joulesPerToken));

    private ParetoTable() {}

    static void print(List<SearchResult> sizes, PrintWriter out) {
        List<Member> members = ParetoFront.of(sizes).members();
        if (members.isEmpty()) {
            return;
        }
        SortedSet<Integer> shown = shown(members);
        out.printf(
                Locale.ROOT,
                "front of throughput, memory, cost and energy: %,d layouts%s%n",
                members.size(),
                shown.size() < members.size() ? ", some of them:" : ":");
        out.println("devices       tok/s   GB/dev  USD/Mtok    J/tok  strategy");
        for (int i : shown) {
            Member m = members.get(i);
            out.printf(
                    Locale.ROOT,
                    "%7d  %10.0f  %7.1f  %8.3f  %7.3f  %s%n",
                    m.search().devices(),
                    m.tokensPerSecond(),
                    m.memoryBytes() / GB,
                    m.usdPerMillionTokens(),
                    m.joulesPerToken(),
                    SearchTable.spec(m.found()));
        }
    }

    private static SortedSet<Integer> shown(List<Member> members) {
        SortedSet<Integer> shown = new TreeSet<>();
        FIGURES.forEach(f -> shown.add(members.indexOf(members.stream().min(f).orElseThrow())));
        for (int i = 0; i < ROWS; i++) {
            shown.add(i * (members.size() - 1) / (ROWS - 1));
        }
        return shown;
    }
}
