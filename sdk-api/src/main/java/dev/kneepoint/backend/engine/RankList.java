package dev.kneepoint.backend.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Ranks in short texts. */
public final class RankList {
    private static final int MOST_RUNS = 20;

    private RankList() {}

    /**
     * Ranks, with runs of them shortened.
     *
     * @param ranks at least one
     * @return for example {@code ranks 0, 2-5}
     */
    public static String text(Collection<Integer> ranks) {
        List<Integer> sorted = List.copyOf(new TreeSet<>(ranks));
        List<String> runs = new ArrayList<>();
        int from = 0;
        while (from < sorted.size()) {
            int to = from;
            while (to + 1 < sorted.size() && sorted.get(to + 1) == sorted.get(to) + 1) {
                to++;
            }
            runs.add(from == to ? sorted.get(from).toString() : sorted.get(from) + "-" + sorted.get(to));
            from = to + 1;
        }
        String more = runs.size() > MOST_RUNS ? " and more" : "";
        return (sorted.size() == 1 ? "rank " : "ranks ")
                + String.join(", ", runs.subList(0, Math.min(runs.size(), MOST_RUNS)))
                + more;
    }
}
