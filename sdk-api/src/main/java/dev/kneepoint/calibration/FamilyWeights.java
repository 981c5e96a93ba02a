package dev.kneepoint.calibration;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Quantiles in which every family of sources weighs the same, however many rows it has. */
final class FamilyWeights {
    /** A figure of one row. */
    record Figure(String family, double value) {}

    private FamilyWeights() {}

    /** The least value that at least the given fraction of the weight does not exceed; empty without figures. */
    static OptionalDouble quantile(List<Figure> figures, double fraction) {
        Map<String, Integer> rows = new HashMap<>();
        figures.forEach(f -> rows.merge(f.family(), 1, Integer::sum));
        double wanted = fraction * rows.size() - 1e-9;
        double weight = 0;
        double reached = 0;
        for (Figure f : figures.stream()
                .sorted(Comparator.comparingDouble(Figure::value))
                .toList()) {
            if (weight < wanted) {
                reached = f.value();
                weight += 1.0 / rows.getOrDefault(f.family(), 1);
            }
        }
        return figures.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(reached);
    }
}
