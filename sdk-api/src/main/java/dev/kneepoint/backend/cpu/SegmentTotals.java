package dev.kneepoint.backend.cpu;

import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.plan.SegmentKind;
import java.util.HashMap;
import java.util.Map;

/** Time by class that a rank spent in each distinct segment, and how often it ran. */
final class SegmentTotals {
    /** A distinct segment of a stage. */
    record Key(SegmentKind kind, int chunk) {}

    private final Map<Key, double[]> nanos = new HashMap<>();
    private final Map<Key, Integer> runs = new HashMap<>();

    void add(SegmentKind kind, int chunk, double[] before, double[] after) {
        Key key = new Key(kind, chunk);
        double[] sum = nanos.computeIfAbsent(key, k -> new double[after.length]);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += after[i] - before[i];
        }
        runs.merge(key, 1, Integer::sum);
    }

    /** Mean nanoseconds of one run by class, waiting for other stages left out; zeros if it did not run. */
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
