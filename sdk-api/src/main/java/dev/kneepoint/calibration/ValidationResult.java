package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.internal.json.JsonOut;
import java.io.Writer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * All rows of a validation. Immutable.
 *
 * @param rows in file order
 */
public record ValidationResult(List<ValidationRow> rows) {
    /** Copies the rows. */
    public ValidationResult {
        rows = ImmutableList.copyOf(rows);
    }

    /**
     * Errors source by source.
     *
     * @return most rows first
     */
    public List<SourceSummary> bySource() {
        Map<String, ImmutableList.Builder<ValidationRow>> groups = new LinkedHashMap<>();
        for (ValidationRow r : rows) {
            groups.computeIfAbsent(r.source(), s -> ImmutableList.builder()).add(r);
        }
        return groups.entrySet().stream()
                .map(e -> summary(e.getKey(), e.getValue().build()))
                .sorted(Comparator.comparingInt((SourceSummary s) -> -s.rows()).thenComparing(SourceSummary::source))
                .toList();
    }

    /**
     * Errors over all rows, every row with one vote.
     *
     * @return the summary
     */
    public SourceSummary overall() {
        return summary("all rows", rows);
    }

    private static SourceSummary summary(String source, List<ValidationRow> rows) {
        Map<String, Integer> skipped = new TreeMap<>();
        rows.forEach(r -> r.skipped().ifPresent(reason -> skipped.merge(reason, 1, Integer::sum)));
        double[] signed = values(rows.stream().map(ValidationRow::relativeError).toList());
        double[] errors = magnitudes(signed);
        double[] nulls = magnitudes(
                values(rows.stream().map(ValidationRow::nullModelError).toList()));
        int predicted = (int)
                rows.stream().filter(r -> r.predictedSeconds().isPresent()).count();
        return new SourceSummary(
                source,
                rows.size(),
                predicted,
                ImmutableSortedMap.copyOf(skipped),
                quantile(errors, 0.5),
                quantile(errors, 0.9),
                quantile(signed, 0.5),
                quantile(nulls, 0.5));
    }

    private static double[] values(List<Optional<Double>> all) {
        return all.stream()
                .flatMap(Optional::stream)
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
    }

    private static double[] magnitudes(double[] signed) {
        return Arrays.stream(signed).map(Math::abs).sorted().toArray();
    }

    /** Linearly interpolated quantile of sorted values. */
    static OptionalDouble quantile(double[] sorted, double fraction) {
        if (sorted.length == 0) {
            return OptionalDouble.empty();
        }
        double at = fraction * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return OptionalDouble.of(sorted[below] + (at - below) * (sorted[above] - sorted[below]));
    }

    /**
     * Writes {@code kneepoint.validation/1}.
     *
     * @param out where to; not closed
     */
    public void writeJson(Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object().field("schema", "kneepoint.validation/1").list("rows");
            for (ValidationRow r : rows) {
                json.object().field("id", r.id()).field("source", r.source()).field("devices", (long) r.devices());
                r.measuredSeconds().ifPresent(v -> json.field("measured_step_s", v));
                r.measuredFrom().ifPresent(v -> json.field("measured_from", v));
                r.predictedSeconds().ifPresent(v -> json.field("predicted_step_s", v));
                r.relativeError().ifPresent(v -> json.field("rel_error", v));
                r.skipped().ifPresent(v -> json.field("skipped", v));
                if (!r.stack().isEmpty()) {
                    json.field("stack", r.stack()).field("hardware", r.hardware());
                }
                r.calibratedOn().ifPresent(v -> json.field("calibrated_on", (long) v));
                json.end();
            }
            json.endList().end();
        }
    }
}
