package dev.kneepoint.calibration;

import dev.kneepoint.internal.fit.Quantiles;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Groups held-out residuals into kinds of runs. */
final class Kinds {
    /** Fewer rows than that are an anecdote. */
    private static final int LEAST_ROWS = 3;

    private static final int PULL = 10;
    private static final double COVERAGE = 0.8;

    private Kinds() {}

    static List<ValidatedKind> of(List<HeldOutResidual> residuals) {
        Map<List<String>, List<HeldOutResidual>> groups = new LinkedHashMap<>();
        for (HeldOutResidual r : residuals) {
            RunTraits t = r.traits();
            List<String> key = List.of(t.architecture(), t.network(), t.stack(), t.precision(), t.model(), t.layout());
            groups.computeIfAbsent(key, k -> new ArrayList<>()).add(r);
        }
        double[] pull = deciles(residuals);
        return groups.entrySet().stream()
                .filter(e -> e.getValue().size() >= LEAST_ROWS)
                .map(e -> kind(e.getKey(), e.getValue(), pull))
                .sorted(Comparator.comparing(ValidatedKind::words))
                .toList();
    }

    private static ValidatedKind kind(List<String> key, List<HeldOutResidual> rows, double[] pull) {
        double[] errors = errors(rows);
        double[] pulled = DoubleStream.concat(DoubleStream.of(errors), DoubleStream.of(pull))
                .sorted()
                .toArray();
        return new ValidatedKind(
                key.get(0),
                key.get(1),
                key.get(2),
                key.get(3),
                key.get(4),
                key.get(5),
                least(rows, r -> r.traits().devices()),
                -least(rows, r -> -r.traits().devices()),
                least(rows, r -> r.traits().parameters()),
                -least(rows, r -> -r.traits().parameters()),
                rows.size(),
                rows.stream().map(HeldOutResidual::family).distinct().sorted().toList(),
                Quantiles.of(errors, 0.5).orElseThrow(),
                Quantiles.of(errors, COVERAGE).orElseThrow(),
                Quantiles.of(errors, 0.9).orElseThrow(),
                rows.stream().mapToDouble(HeldOutResidual::logError).average().orElseThrow(),
                Quantiles.of(pulled, COVERAGE).orElseThrow());
    }

    private static double[] errors(List<HeldOutResidual> rows) {
        return rows.stream().mapToDouble(r -> Math.abs(r.logError())).sorted().toArray();
    }

    /** The middles of ten equal parts of all errors. */
    private static double[] deciles(List<HeldOutResidual> residuals) {
        List<FamilyWeights.Figure> errors = residuals.stream()
                .map(r -> new FamilyWeights.Figure(r.family(), Math.abs(r.logError())))
                .toList();
        return IntStream.range(0, errors.isEmpty() ? 0 : PULL)
                .mapToDouble(
                        i -> FamilyWeights.quantile(errors, (i + 0.5) / PULL).orElseThrow())
                .toArray();
    }

    private static double least(List<HeldOutResidual> rows, ToDoubleFunction<HeldOutResidual> figure) {
        return rows.stream().mapToDouble(figure).min().orElseThrow();
    }
}
