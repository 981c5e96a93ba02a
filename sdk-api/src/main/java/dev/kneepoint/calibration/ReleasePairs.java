package dev.kneepoint.calibration;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * Runs of one source that differ in nothing but the release of their stack. Whatever the simulator gets wrong about such a
 * layout cancels in the quotient of the two times, so that they tell far more of a stack's yearly gain than their times do
 * beside those of other layouts. Families weigh as in {@link FitRows}: layouts of one source share its releases.
 */
final class ReleasePairs {
    private ReleasePairs() {}

    /**
     * The first and the last release of one layout.
     *
     * @param earlier place of the earlier run among the rows
     * @param later place of the later one
     * @param weight its share of a vote, at most 1
     */
    record Pair(int earlier, int later, double weight) {}

    private record Candidate(int row, double years) {}

    static List<Pair> of(List<FitRow> rows) {
        Map<List<Object>, List<Candidate>> layouts = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            FitRow row = rows.get(i);
            OptionalDouble years = release(row.mapped().stack());
            if (years.isPresent()) {
                layouts.computeIfAbsent(withoutRelease(row), k -> new ArrayList<>())
                        .add(new Candidate(i, years.getAsDouble()));
            }
        }
        List<Pair> pairs = layouts.values().stream()
                .map(ReleasePairs::widest)
                .flatMap(Optional::stream)
                .toList();
        Map<String, Long> sizes =
                pairs.stream().collect(Collectors.groupingBy(p -> family(rows, p), Collectors.counting()));
        return pairs.stream()
                .map(p -> new Pair(
                        p.earlier(), p.later(), Math.min(1, FitRows.VOTE / sizes.getOrDefault(family(rows, p), 1L))))
                .toList();
    }

    private static String family(List<FitRow> rows, Pair pair) {
        return rows.get(pair.earlier()).measurement().family();
    }

    private static Optional<Pair> widest(List<Candidate> runs) {
        Candidate first = runs.getFirst();
        Candidate last = first;
        for (Candidate c : runs) {
            first = c.years() < first.years() ? c : first;
            last = c.years() > last.years() ? c : last;
        }
        return first.years() < last.years() ? Optional.of(new Pair(first.row(), last.row(), 1)) : Optional.empty();
    }

    private static OptionalDouble release(StackChoice stack) {
        return stack.variants().stream()
                .filter(StackVariant.Release.class::isInstance)
                .mapToDouble(v -> ((StackVariant.Release) v).counted())
                .findFirst();
    }

    private static List<Object> withoutRelease(FitRow row) {
        Mapping.Mapped m = row.mapped();
        List<StackVariant> habits = m.stack().variants().stream()
                .filter(v -> !(v instanceof StackVariant.Release))
                .toList();
        return List.of(
                row.measurement().family(),
                m.stack().preset(),
                habits,
                m.scenario().workload(),
                m.scenario().cluster(),
                m.layout(),
                m.batchScale());
    }
}
