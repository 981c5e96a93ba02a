package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.engine.RankList;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

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
        return "there: " + RankList.text(there.keySet()) + hosts(there) + "; missing: "
                + (missing.isEmpty() ? "none" : RankList.text(missing)) + " of " + size;
    }

    private static String hosts(SortedMap<Integer, Hello> there) {
        List<String> hosts = there.values().stream().map(Hello::host).distinct().toList();
        return " (on " + String.join(", ", hosts.subList(0, Math.min(hosts.size(), MOST_RUNS)))
                + (hosts.size() > MOST_RUNS ? " and " + (hosts.size() - MOST_RUNS) + " more" : "") + ")";
    }
}
