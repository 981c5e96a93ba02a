package dev.kneepoint.backend.nccl;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Timeline;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/**
 * How far ranks of a step are apart in what they compute, which others wait for.
 *
 * @param slowest label of the rank that computes the longest
 * @param longest its compute time, seconds
 * @param median the ranks' median, seconds
 * @param shortest the shortest, seconds
 */
record RankSpread(String slowest, double longest, double median, double shortest) {
    static RankSpread of(Timeline timeline) {
        List<RankTimeline> ranks = timeline.ranks();
        RankTimeline slowest = ranks.stream()
                .max(Comparator.comparingDouble(r -> r.parts().compute()))
                .orElseThrow();
        double[] compute = ranks.stream().mapToDouble(r -> r.parts().compute()).toArray();
        Arrays.sort(compute);
        return new RankSpread(
                slowest.label(),
                compute[compute.length - 1],
                (compute[(compute.length - 1) / 2] + compute[compute.length / 2]) / 2,
                compute[0]);
    }

    /** The spread in words, by name. */
    SortedMap<String, String> origin() {
        return ImmutableSortedMap.of(
                "compute of ranks",
                String.format(
                        Locale.ROOT, "%.3g to %.3g ms, median %.3g ms", 1e3 * shortest, 1e3 * longest, 1e3 * median),
                "slowest rank",
                slowest
                        + (median > 0
                                ? String.format(Locale.ROOT, ", %.1f %% above the median", 100 * (longest / median - 1))
                                : ""));
    }
}
