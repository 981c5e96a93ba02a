package dev.kneepoint.analysis;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.calibration.ValidationRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * How far the knee of predicted throughputs lies from that of measured ones in one series: one source, model, stack,
 * machine, precision and sequence length with at least four sizes. Where a size was run with several layouts or batches, its
 * throughput is that of the quickest of them, chosen by measurement for the one knee and by prediction for the other.
 *
 * @param source the source
 * @param model the model
 * @param stack the software stack
 * @param hardware the machine
 * @param precision as the source writes it
 * @param sizes numbers of devices in the series
 * @param largest the largest of them
 * @param measured the largest size that still pays by measurement under the default rule; {@code largest} if the knee
 *     lies beyond
 * @param predicted the same by prediction
 * @param steps sizes from the measured to the predicted knee, above 0 if the prediction is too hopeful
 * @param nullSteps the same for the null model
 */
@Incubating
public record KneeError(
        String source,
        String model,
        String stack,
        String hardware,
        String precision,
        int sizes,
        int largest,
        int measured,
        int predicted,
        int steps,
        int nullSteps) {
    private static final int LEAST_SIZES = 4;

    /**
     * The knees of all series.
     *
     * @param rows rows of a validation; those without prediction or measured step time are left out
     * @return in the order of the rows
     */
    public static List<KneeError> of(List<ValidationRow> rows) {
        Map<List<String>, List<ValidationRow>> groups = new LinkedHashMap<>();
        for (ValidationRow r : rows) {
            if (r.relativeError().isPresent() && r.nullModelSeconds().isPresent()) {
                groups.computeIfAbsent(key(r), k -> new ArrayList<>()).add(r);
            }
        }
        List<KneeError> errors = new ArrayList<>();
        groups.forEach((key, members) -> {
            SortedSet<Integer> sizes = new TreeSet<>();
            members.forEach(r -> sizes.add(r.devices()));
            if (sizes.size() >= LEAST_SIZES) {
                errors.add(error(key, members, sizes));
            }
        });
        return errors;
    }

    private static List<String> key(ValidationRow r) {
        return List.of(
                r.source(),
                r.measurement().text("model"),
                r.stack(),
                r.hardware(),
                r.measurement().text("precision"),
                r.measurement().text("seq_len"));
    }

    private static KneeError error(List<String> key, List<ValidationRow> rows, SortedSet<Integer> sizes) {
        int measured = knee(rows, sizes, ValidationRow::measuredSeconds);
        int predicted = knee(rows, sizes, ValidationRow::predictedSeconds);
        int guessed = knee(rows, sizes, ValidationRow::nullModelSeconds);
        int at = sizes.headSet(measured).size();
        return new KneeError(
                key.get(0),
                key.get(1),
                key.get(2),
                key.get(3),
                key.get(4),
                sizes.size(),
                sizes.last(),
                measured,
                predicted,
                sizes.headSet(predicted).size() - at,
                sizes.headSet(guessed).size() - at);
    }

    private static int knee(
            List<ValidationRow> rows, SortedSet<Integer> sizes, Function<ValidationRow, Optional<Double>> seconds) {
        List<ScalingPoint> points = sizes.stream()
                .map(n -> new ScalingPoint(
                        n,
                        rows.stream()
                                .filter(r -> r.devices() == n)
                                .mapToDouble(r -> tokens(r) / seconds.apply(r).orElseThrow())
                                .max()
                                .orElseThrow()))
                .toList();
        return switch (Knee.find(points, KneeRule.marginalReturn())) {
            case KneeResult.At at -> at.devices();
            case KneeResult.BeyondRange beyond -> beyond.largest();
            case KneeResult.Never never -> sizes.first();
        };
    }

    private static double tokens(ValidationRow r) {
        return r.measurement().number("global_batch").orElseThrow()
                * r.measurement().number("seq_len").orElseThrow();
    }
}
