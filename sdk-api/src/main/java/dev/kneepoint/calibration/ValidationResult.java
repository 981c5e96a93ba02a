package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.json.JsonOut;
import java.io.Writer;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        ErrorSummary errors = ErrorSummary.of(source, rows);
        int predicted =
                (int) rows.stream().filter(r -> r.prediction().isPresent()).count();
        return new SourceSummary(
                source,
                rows.size(),
                predicted,
                ImmutableSortedMap.copyOf(skipped),
                errors.median(),
                errors.p90(),
                errors.bias(),
                errors.nullMedian());
    }

    /**
     * The rows that count when predictions are judged: NVIDIA devices, whole steps of a known shape, and a step time or
     * tokens per second.
     *
     * @return in file order, also those that were not predicted
     */
    @Incubating
    public List<ValidationRow> judged() {
        return rows.stream().filter(r -> r.notJudged().isEmpty()).toList();
    }

    /**
     * The same result without the rows that evidently hung, were limited or are misprinted.
     *
     * @return the rest
     */
    @Incubating
    public ValidationResult withoutSuspects() {
        return new ValidationResult(
                rows.stream().filter(r -> r.suspect().isEmpty()).toList());
    }

    /**
     * The judged rows as residuals, suspect ones left out. They are held out only if the predictor had not seen them.
     *
     * @return in file order
     */
    @Incubating
    public List<HeldOutResidual> residuals() {
        return withoutSuspects().judged().stream()
                .filter(r -> r.traits().isPresent() && r.measuredSeconds().isPresent())
                .map(r -> new HeldOutResidual(
                        r.id(),
                        r.measurement().family(),
                        r.traits().orElseThrow(),
                        r.predictedSeconds().orElseThrow(),
                        r.measuredSeconds().orElseThrow()))
                .toList();
    }

    /**
     * Writes {@code kneepoint.validation/1}.
     *
     * @param out where to; not closed
     */
    public void writeJson(Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object().field("schema", "kneepoint.validation/1").list("rows");
            rows.forEach(r -> write(r, json));
            json.endList().end();
        }
    }

    private static void write(ValidationRow r, JsonOut json) {
        json.object().field("id", r.id()).field("source", r.source()).field("devices", (long) r.devices());
        r.measuredSeconds().ifPresent(v -> json.field("measured_step_s", v));
        r.measuredFrom().ifPresent(v -> json.field("measured_from", v));
        r.prediction()
                .ifPresent(p -> json.field("predicted_step_s", p.seconds())
                        .field("interval_low_s", p.low())
                        .field("interval_high_s", p.high())
                        .field("validated", p.trust().level().label()));
        r.nullModelSeconds().ifPresent(v -> json.field("null_step_s", v));
        r.relativeError().ifPresent(v -> json.field("rel_error", v));
        r.skipped().ifPresent(v -> json.field("skipped", v));
        r.suspect().ifPresent(v -> json.field("suspect", v));
        if (!r.stack().isEmpty()) {
            json.field("stack", r.stack()).field("hardware", r.hardware());
        }
        r.calibratedOn().ifPresent(v -> json.field("calibrated_on", (long) v));
        json.end();
    }
}
