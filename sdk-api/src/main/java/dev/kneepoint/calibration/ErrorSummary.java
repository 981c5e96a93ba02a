package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.fit.Quantiles;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How far off a group of predictions is, beside the null model on the same rows. All errors are fractions of the
 * measured step time; a figure is empty if the group has no predicted row.
 *
 * @param name of the group
 * @param rows predicted rows
 * @param skipped rows that were not predicted
 * @param median median of {@code |predicted/measured - 1|}
 * @param p90 90th percentile of it, linearly interpolated
 * @param bias median of {@code predicted/measured - 1}
 * @param nullMedian median error of the null model
 * @param nullP90 90th percentile of it
 */
@Incubating
public record ErrorSummary(
        String name,
        int rows,
        int skipped,
        OptionalDouble median,
        OptionalDouble p90,
        OptionalDouble bias,
        OptionalDouble nullMedian,
        OptionalDouble nullP90) {
    /**
     * Sums up rows; those without a measured step time are left out.
     *
     * @param name of the group
     * @param rows its rows
     * @return the summary
     */
    public static ErrorSummary of(String name, List<ValidationRow> rows) {
        List<ValidationRow> measured =
                rows.stream().filter(r -> r.measuredSeconds().isPresent()).toList();
        double[] signed =
                present(measured.stream().map(ValidationRow::relativeError).toList());
        double[] errors = Quantiles.magnitudes(signed);
        double[] nulls = Quantiles.magnitudes(
                present(measured.stream().map(ValidationRow::nullModelError).toList()));
        return new ErrorSummary(
                name,
                errors.length,
                measured.size() - errors.length,
                Quantiles.of(errors, 0.5),
                Quantiles.of(errors, 0.9),
                Quantiles.of(signed, 0.5),
                Quantiles.of(nulls, 0.5),
                Quantiles.of(nulls, 0.9));
    }

    private static double[] present(List<Optional<Double>> all) {
        return Quantiles.sorted(all.stream().flatMap(Optional::stream).toList());
    }
}
