package dev.kneepoint.metrics;

import dev.kneepoint.annotation.Incubating;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Lengths of sets of intervals. */
@Incubating
public final class Intervals {
    private Intervals() {}

    /**
     * Time that at least one interval covers.
     *
     * @param parts arrays of starts and ends in turn
     * @return in their unit
     */
    public static long union(List<long[]> parts) {
        long[][] all = parts.stream()
                .flatMap(p -> IntStream.range(0, p.length / 2).mapToObj(i -> new long[] {p[2 * i], p[2 * i + 1]}))
                .toArray(long[][]::new);
        Arrays.sort(all, Comparator.comparingLong(a -> a[0]));
        long sum = 0;
        long covered = Long.MIN_VALUE;
        for (long[] i : all) {
            long from = Math.max(i[0], covered);
            if (i[1] > from) {
                sum += i[1] - from;
                covered = i[1];
            }
        }
        return sum;
    }
}
