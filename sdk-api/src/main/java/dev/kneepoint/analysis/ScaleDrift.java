package dev.kneepoint.analysis;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.calibration.ValidationRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.hipparchus.distribution.continuous.TDistribution;
import org.hipparchus.stat.descriptive.StreamingStatistics;
import org.hipparchus.stat.regression.SimpleRegression;

/**
 * Whether errors grow with the number of devices inside series of runs: a prediction that drifts moves the knee, however
 * small its error on average. A series is one source, model, stack and machine with at least three sizes; its slope is that of
 * the least-squares line of log(predicted/measured) over log2(devices).
 *
 * @param series the series in the order of the rows
 * @param pooled mean slope with one vote per series and its 95 % interval by Student's t, log per doubling; empty with
 *     fewer than two series
 * @param nullPooled the same of the null model
 */
@Incubating
public record ScaleDrift(List<Series> series, Optional<Interval> pooled, Optional<Interval> nullPooled) {
    private static final int LEAST_SIZES = 3;
    private static final double TAIL = 0.975;

    /**
     * One series.
     *
     * @param source the source
     * @param model the model
     * @param stack the software stack
     * @param hardware the machine
     * @param sizes numbers of devices in it
     * @param slope change of log(predicted/measured) per doubling of the devices
     * @param nullSlope the same of the null model
     */
    public record Series(
            String source, String model, String stack, String hardware, int sizes, double slope, double nullSlope) {}

    /** Copies the series. */
    public ScaleDrift {
        series = ImmutableList.copyOf(series);
    }

    /**
     * Slopes of all series.
     *
     * @param rows rows of a validation; those without prediction or measured step time are left out
     * @return the drift
     */
    public static ScaleDrift of(List<ValidationRow> rows) {
        Map<List<String>, List<ValidationRow>> groups = new LinkedHashMap<>();
        for (ValidationRow r : rows) {
            if (r.relativeError().isPresent() && r.nullModelError().isPresent()) {
                List<String> key = List.of(r.source(), r.measurement().text("model"), r.stack(), r.hardware());
                groups.computeIfAbsent(key, k -> new ArrayList<>()).add(r);
            }
        }
        List<Series> series = new ArrayList<>();
        groups.forEach((key, members) -> {
            int sizes = (int)
                    members.stream().mapToInt(ValidationRow::devices).distinct().count();
            if (sizes >= LEAST_SIZES) {
                series.add(new Series(
                        key.get(0),
                        key.get(1),
                        key.get(2),
                        key.get(3),
                        sizes,
                        slope(members, ValidationRow::relativeError),
                        slope(members, ValidationRow::nullModelError)));
            }
        });
        return new ScaleDrift(series, pooled(series, Series::slope), pooled(series, Series::nullSlope));
    }

    private static double slope(List<ValidationRow> rows, Function<ValidationRow, Optional<Double>> error) {
        SimpleRegression line = new SimpleRegression();
        rows.forEach(r -> line.addData(
                Math.log(r.devices()) / Math.log(2), Math.log1p(error.apply(r).orElseThrow())));
        return line.getSlope();
    }

    private static Optional<Interval> pooled(List<Series> series, Function<Series, Double> slope) {
        StreamingStatistics all = new StreamingStatistics();
        series.forEach(s -> all.addValue(slope.apply(s)));
        if (all.getN() < 2) {
            return Optional.empty();
        }
        double t = new TDistribution(all.getN() - 1.0).inverseCumulativeProbability(TAIL);
        double half = t * all.getStandardDeviation() / Math.sqrt(all.getN());
        return Optional.of(new Interval(all.getMean(), all.getMean() - half, all.getMean() + half));
    }
}
