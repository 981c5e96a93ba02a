package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.fit.Quantiles;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How well predictions rank layouts, one family of sources. A sweep is at least five predicted rows of one family,
 * model, size, global batch, sequence length and precision with at least five layouts among them. The BLOOM prequel is
 * left out: its layouts differ by less than what changed on its machine between the dates.
 *
 * @param family the family
 * @param sweeps its sweeps
 * @param regret median of what the predicted best costs over the measured best, as a fraction; predictions within 2 % of
 *     the best count as a tie, in which every choice is as likely
 * @param topThree 90th percentile of what the best of the predicted top three costs over the measured best
 * @param spearman median of Spearman's rank correlation, -1 to 1
 */
@Incubating
public record LayoutRanking(String family, int sweeps, double regret, double topThree, double spearman) {
    private static final int LEAST = 5;
    private static final double TIE = 1.02;
    private static final String DATED = "prequel";
    private static final List<String> SAME = List.of("model", "gpus", "global_batch", "seq_len", "precision");
    private static final List<String> LAYOUT =
            List.of("dp_kind", "tp", "pp", "vpp", "cp", "ep", "micro_batch", "activation_ckpt");

    /** Figures of one sweep. */
    private record Sweep(double regret, double topThree, double spearman) {}

    /**
     * Ranks the sweeps of each family.
     *
     * @param rows eligible rows, see {@link ValidationResult#judged()}
     * @return families with a sweep, by name
     */
    public static List<LayoutRanking> of(List<ValidationRow> rows) {
        Map<List<String>, List<ValidationRow>> groups = new LinkedHashMap<>();
        for (ValidationRow r : rows) {
            if (r.relativeError().isPresent() && !r.source().contains(DATED)) {
                groups.computeIfAbsent(key(r.measurement()), k -> new ArrayList<>())
                        .add(r);
            }
        }
        Map<String, List<Sweep>> byFamily = new TreeMap<>();
        groups.forEach((key, members) -> {
            if (members.size() >= LEAST && layouts(members) >= LEAST) {
                byFamily.computeIfAbsent(key.getFirst(), f -> new ArrayList<>()).add(sweep(members));
            }
        });
        return byFamily.entrySet().stream()
                .map(e -> new LayoutRanking(
                        e.getKey(),
                        e.getValue().size(),
                        quantile(e.getValue(), Sweep::regret, 0.5),
                        quantile(e.getValue(), Sweep::topThree, 0.9),
                        quantile(e.getValue(), Sweep::spearman, 0.5)))
                .toList();
    }

    private static List<String> key(Measurement m) {
        return ImmutableList.<String>builder()
                .add(m.family())
                .addAll(SAME.stream().map(m::text).toList())
                .build();
    }

    private static int layouts(List<ValidationRow> rows) {
        Set<List<String>> all = new HashSet<>();
        rows.forEach(r -> all.add(LAYOUT.stream().map(r.measurement()::text).toList()));
        return all.size();
    }

    private static double quantile(List<Sweep> sweeps, ToDoubleFunction<Sweep> figure, double fraction) {
        return Quantiles.of(sweeps.stream().mapToDouble(figure).sorted().toArray(), fraction)
                .orElseThrow();
    }

    private static Sweep sweep(List<ValidationRow> rows) {
        double[] measured = rows.stream()
                .mapToDouble(r -> r.measuredSeconds().orElseThrow())
                .toArray();
        double[] predicted = rows.stream()
                .mapToDouble(r -> r.predictedSeconds().orElseThrow())
                .toArray();
        List<Integer> quickest = IntStream.range(0, rows.size())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> predicted[i]).thenComparingDouble(i -> measured[i]))
                .toList();
        double best = IntStream.range(0, measured.length)
                .mapToDouble(i -> measured[i])
                .min()
                .orElseThrow();
        double tied = predicted[quickest.getFirst()] * TIE;
        double expected = quickest.stream()
                .filter(i -> predicted[i] <= tied)
                .mapToDouble(i -> measured[i])
                .average()
                .orElseThrow();
        double top =
                quickest.stream().limit(3).mapToDouble(i -> measured[i]).min().orElseThrow();
        return new Sweep(expected / best - 1, top / best - 1, spearman(measured, predicted));
    }

    private static double spearman(double[] a, double[] b) {
        int[] ranksA = ranks(a);
        int[] ranksB = ranks(b);
        double n = a.length;
        double squares = IntStream.range(0, a.length)
                .mapToDouble(i -> Math.pow(ranksA[i] - ranksB[i], 2))
                .sum();
        return 1 - 6 * squares / (n * (n * n - 1));
    }

    /** Places from 0; equal values keep the order of the file, since a tie between measured times is chance. */
    private static int[] ranks(double[] values) {
        int[] ranks = new int[values.length];
        List<Integer> order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .toList();
        for (int place = 0; place < ranks.length; place++) {
            ranks[order.get(place)] = place;
        }
        return ranks;
    }
}
