package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.fit.Quantiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * How far off the memory estimate is in a group of published peaks. All errors are fractions of the published figure.
 *
 * @param name of the group
 * @param rows rows of it, at least 1
 * @param median median of {@code |predicted/published - 1|}
 * @param p90 90th percentile of it, linearly interpolated
 * @param bias median of {@code predicted/published - 1}
 */
@Incubating
public record MemoryErrors(String name, int rows, double median, double p90, double bias) {
    /**
     * Sums up groups of residuals.
     *
     * @param residuals the residuals
     * @param group the group of each, by name
     * @return one entry per group, by name
     */
    public static List<MemoryErrors> by(List<MemoryResidual> residuals, Function<MemoryResidual, String> group) {
        Map<String, List<Double>> errors = new TreeMap<>();
        for (MemoryResidual r : residuals) {
            errors.computeIfAbsent(group.apply(r), k -> new ArrayList<>()).add(r.relativeError());
        }
        return errors.entrySet().stream().map(e -> of(e.getKey(), e.getValue())).toList();
    }

    private static MemoryErrors of(String name, List<Double> errors) {
        double[] signed = Quantiles.sorted(errors);
        double[] sizes = Quantiles.magnitudes(signed);
        return new MemoryErrors(
                name,
                signed.length,
                Quantiles.of(sizes, 0.5).orElseThrow(),
                Quantiles.of(sizes, 0.9).orElseThrow(),
                Quantiles.of(signed, 0.5).orElseThrow());
    }
}
