package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.fit.Quantiles;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How far off the predictions of one device or fabric are.
 *
 * @param name the group
 * @param rows rows predicted, at least 1
 * @param median median of |predicted/measured - 1|
 * @param p90 90th percentile of it, linearly interpolated
 * @param bias median of predicted/measured - 1
 * @since 0.1
 */
@Incubating
public record MicrobenchmarkGroup(String name, int rows, double median, double p90, double bias) {
    static MicrobenchmarkGroup of(String name, List<MicrobenchmarkRow> rows) {
        double[] signed = rows.stream()
                .map(MicrobenchmarkRow::relativeError)
                .flatMap(Optional::stream)
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        double[] errors = Arrays.stream(signed).map(Math::abs).sorted().toArray();
        return new MicrobenchmarkGroup(
                name, signed.length, quantile(errors, 0.5), quantile(errors, 0.9), quantile(signed, 0.5));
    }

    private static double quantile(double[] sorted, double fraction) {
        return Quantiles.of(sorted, fraction).orElseThrow();
    }
}
