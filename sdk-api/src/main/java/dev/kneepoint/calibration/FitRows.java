package dev.kneepoint.calibration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The rows that profiles are fitted on: those that count in the statistics and are not suspect. Every family of sources
 * weighs the same, however many rows it has; families under ten rows weigh as much together as one and a half.
 */
final class FitRows {
    private static final int OWN_VOTE = 10;

    /** Independent rows that a family is worth: runs of one source share its machine, its authors and its errors. */
    static final double VOTE = 12;

    private static final double SMALL_FAMILIES = 1.5 * VOTE;

    private FitRows() {}

    static List<FitRow> of(List<Measurement> measurements) {
        List<FitRow> rows = new ArrayList<>();
        for (Measurement m : measurements) {
            if (Eligibility.whyNot(m).isEmpty() && MeasurementMapper.map(m) instanceof Mapping.Mapped mapped) {
                Optional<MeasuredStep> step = MeasuredStep.of(m, mapped);
                step.ifPresent(s -> rows.add(new FitRow(m, mapped, Math.log(s.seconds()), 0)));
            }
        }
        return rows;
    }

    /** The rows to fit on, weighted; suspect ones are left out. */
    static List<FitRow> weighted(List<FitRow> rows) {
        List<FitRow> sound = rows.stream()
                .filter(r -> SuspectRows.reason(r.measurement().id()).isEmpty())
                .toList();
        Map<String, Long> sizes = sound.stream()
                .collect(Collectors.groupingBy(r -> r.measurement().family(), Collectors.counting()));
        double small = sizes.values().stream()
                .filter(n -> n < OWN_VOTE)
                .mapToLong(n -> n)
                .sum();
        return sound.stream()
                .map(r -> {
                    long size = sizes.getOrDefault(r.measurement().family(), 1L);
                    return r.weighted(size < OWN_VOTE ? SMALL_FAMILIES / small : VOTE / size);
                })
                .toList();
    }
}
