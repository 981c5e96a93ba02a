package dev.kneepoint.metrics;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.SegmentKind;
import java.util.HashMap;
import java.util.Map;

/** Time by class that a rank spent in each distinct segment, and how often it ran. Not thread-safe. */
@Incubating
public final class SegmentTotals {
    private record Key(SegmentKind kind, int chunk) {}

    private final Map<Key, double[]> nanos = new HashMap<>();
    private final Map<Key, Integer> runs = new HashMap<>();

    /** Totals of nothing. */
    public SegmentTotals() {}

    /**
     * Adds a run of a segment.
     *
     * @param kind its kind
     * @param chunk its chunk
     * @param before nanoseconds that the rank had spent by {@link TimeClass} when it began
     * @param after the same when it ended
     */
    public void add(SegmentKind kind, int chunk, double[] before, double[] after) {
        Key key = new Key(kind, chunk);
        double[] sum = nanos.computeIfAbsent(key, k -> new double[after.length]);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += after[i] - before[i];
        }
        runs.merge(key, 1, Integer::sum);
    }

    /**
     * Mean of one run of a segment, waiting for other stages left out.
     *
     * @param kind its kind
     * @param chunk its chunk
     * @return nanoseconds by class; zeros if it did not run
     */
    double[] mean(SegmentKind kind, int chunk) {
        Key key = new Key(kind, chunk);
        double[] sum = nanos.getOrDefault(key, new double[TimeClass.values().length]);
        double[] out = new double[sum.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = i == TimeClass.BUBBLE.ordinal() ? 0 : sum[i] / runs.getOrDefault(key, 1);
        }
        return out;
    }
}
