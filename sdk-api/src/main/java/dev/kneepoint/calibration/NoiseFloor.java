package dev.kneepoint.calibration;

import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.fit.Quantiles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How far apart a source's own figures for one setting lie: no prediction can be nearer than that. Pairs of one source
 * whose configuration columns are equal, which nothing that the mapping reads tells apart (they get the same
 * prediction), and whose measured values differ. Where the difference hides in the notes, the floor is too high.
 *
 * @param source the source
 * @param pairs pairs found
 * @param median median of {@code |a - b| / ((a + b) / 2)}
 */
@Incubating
public record NoiseFloor(String source, int pairs, double median) {
    private static final Set<String> NOT_CONFIGURATION = Set.of(
            "id",
            "source_url",
            "row_ref",
            "notes",
            "step_time_s",
            "tokens_per_s_per_gpu",
            "tflops_per_gpu",
            "mfu_pct",
            "hfu_pct");

    /**
     * The floors that can be known.
     *
     * @param rows the rows
     * @return sources with at least one pair, by name
     */
    public static List<NoiseFloor> of(List<ValidationRow> rows) {
        Map<List<Object>, List<ValidationRow>> settings = new LinkedHashMap<>();
        for (ValidationRow r : rows) {
            if (r.measuredSeconds().isPresent() && r.predictedSeconds().isPresent()) {
                settings.computeIfAbsent(setting(r), k -> new ArrayList<>()).add(r);
            }
        }
        Map<String, List<Double>> differences = new TreeMap<>();
        settings.values().stream().filter(same -> same.size() > 1).forEach(same -> {
            for (Set<ValidationRow> pair : Sets.combinations(Sets.newLinkedHashSet(same), 2)) {
                List<Double> seconds = pair.stream()
                        .map(r -> r.measuredSeconds().orElseThrow())
                        .toList();
                double difference = relative(seconds.get(0), seconds.get(1));
                if (difference > 0) {
                    differences
                            .computeIfAbsent(same.getFirst().source(), s -> new ArrayList<>())
                            .add(difference);
                }
            }
        });
        return differences.entrySet().stream()
                .map(e -> new NoiseFloor(
                        e.getKey(),
                        e.getValue().size(),
                        Quantiles.of(Quantiles.sorted(e.getValue()), 0.5).orElseThrow()))
                .toList();
    }

    private static double relative(double a, double b) {
        return Math.abs(a - b) / ((a + b) / 2);
    }

    private static List<Object> setting(ValidationRow r) {
        return List.of(
                r.measuredFrom().orElseThrow(),
                r.predictedSeconds().orElseThrow(),
                new TreeMap<>(Maps.filterKeys(r.measurement().columns(), c -> !NOT_CONFIGURATION.contains(c))));
    }
}
