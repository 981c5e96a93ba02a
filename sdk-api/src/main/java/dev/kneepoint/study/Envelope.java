package dev.kneepoint.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The quickest strategy at each size, as a series of its own. */
final class Envelope {
    private Envelope() {}

    static List<StudyPoint> of(List<StudySeries> series, List<Integer> devices) {
        List<StudyPoint> points = new ArrayList<>();
        for (int n : devices) {
            points.add(quickest(series, n)
                    .map(StudyPoint.class::cast)
                    .orElseGet(() -> new StudyPoint.CannotRun(n, "no strategy of the study runs at this size")));
        }
        return points;
    }

    static Optional<StudyPoint.Ran> quickest(List<StudySeries> series, int devices) {
        StudyPoint.Ran best = null;
        for (StudySeries s : series) {
            for (StudyPoint.Ran p : s.ran()) {
                if (p.devices() == devices
                        && (best == null
                                || p.metrics().tokensPerSecond()
                                        > best.metrics().tokensPerSecond())) {
                    best = p;
                }
            }
        }
        return Optional.ofNullable(best);
    }

    /** What limits the strategy that is quickest at the largest size. */
    static String limiter(List<StudySeries> series) {
        int largest = series.stream()
                .flatMap(s -> s.ran().stream())
                .mapToInt(StudyPoint::devices)
                .max()
                .orElse(0);
        Optional<StudyPoint.Ran> best = quickest(series, largest);
        return series.stream()
                .filter(s -> best.isPresent() && s.ran().contains(best.get()))
                .map(StudySeries::limiter)
                .findFirst()
                .orElse("");
    }
}
