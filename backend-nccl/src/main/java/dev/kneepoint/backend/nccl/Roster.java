package dev.kneepoint.backend.nccl;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;

/** Ranks in short texts. */
final class Roster {
    private static final int MOST_RUNS = 20;

    private Roster() {}

    /**
     * Who has come and who has not.
     *
     * @param there those that have come
     * @param size how many there have to be
     * @return for example {@code there: rank 0 on a, rank 2 on b; missing: rank 1 of 3}
     */
    static String text(SortedMap<Integer, Hello> there, int size) {
        List<Integer> missing = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            if (!there.containsKey(rank)) {
                missing.add(rank);
            }
        }
        return "there: " + ranks(there.keySet()) + hosts(there) + "; missing: "
                + (missing.isEmpty() ? "none" : ranks(missing)) + " of " + size;
    }

    private static String hosts(SortedMap<Integer, Hello> there) {
        List<String> hosts = there.values().stream().map(Hello::host).distinct().toList();
        return " (on " + String.join(", ", hosts.subList(0, Math.min(hosts.size(), MOST_RUNS)))
                + (hosts.size() > MOST_RUNS ? " and " + (hosts.size() - MOST_RUNS) + " more" : "") + ")";
    }

    /**
     * Ranks, with runs of them shortened.
     *
     * @param ranks at least one
     * @return for example {@code ranks 0, 2-5}
     */
    static String ranks(Collection<Integer> ranks) {
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
