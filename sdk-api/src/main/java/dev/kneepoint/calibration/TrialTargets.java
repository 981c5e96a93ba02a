package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rows that a small scaling trial would have to predict: large runs of series that were also run small. */
@Incubating
public final class TrialTargets {
    private static final int TRIAL = 64;
    private static final int TARGET = 128;
    private static final int LEAST_ROWS = 2;
    private static final String HALTING = "nanotron";

    private record Series(String family, String model) {}

    private TrialTargets() {}

    /**
     * Rows of 128 devices and more, of a family and model with at least two rows of at most 64. The nanotron sweep is
     * left out: one of its runs in ten hung or limped.
     *
     * @param judged eligible rows, see {@link ValidationResult#judged()}
     * @return in the same order
     */
    public static List<ValidationRow> of(List<ValidationRow> judged) {
        Map<Series, Integer> small = new HashMap<>();
        judged.stream().filter(r -> r.devices() <= TRIAL).forEach(r -> small.merge(series(r), 1, Integer::sum));
        return judged.stream()
                .filter(r -> r.devices() >= TARGET
                        && small.getOrDefault(series(r), 0) >= LEAST_ROWS
                        && !r.source().contains(HALTING))
                .toList();
    }

    private static Series series(ValidationRow r) {
        return new Series(r.measurement().family(), r.measurement().text("model"));
    }
}
