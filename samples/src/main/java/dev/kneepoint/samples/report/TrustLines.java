package dev.kneepoint.samples.report;

import dev.kneepoint.calibration.Trust;
import dev.kneepoint.calibration.TrustLevel;
import dev.kneepoint.calibration.ValidatedRange;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.study.SearchResult;
import dev.kneepoint.study.StudyResult;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How far simulated points are from runs that were compared with measurements: a line per distance. */
public final class TrustLines {
    /**
     * A point whose trust is asked for.
     *
     * @param scenario what runs on what
     * @param strategy how
     * @param devices on how many, at least 1
     */
    public record Point(Scenario scenario, ParallelismStrategy strategy, int devices) {}

    private TrustLines() {}

    /**
     * Lines for points; each level of trust speaks of its largest size.
     *
     * @param points in ascending order of devices
     * @return a sentence per level that occurs
     */
    public static List<String> of(List<Point> points) {
        ValidatedRange range = ValidatedRange.shipped();
        Map<TrustLevel, List<Integer>> sizes = new EnumMap<>(TrustLevel.class);
        Map<TrustLevel, Trust> last = new EnumMap<>(TrustLevel.class);
        for (Point p : points) {
            Trust trust = range.assess(p.scenario(), p.strategy(), p.devices());
            sizes.computeIfAbsent(trust.level(), l -> new ArrayList<>()).add(p.devices());
            last.put(trust.level(), trust);
        }
        List<String> lines = new ArrayList<>();
        last.forEach((level, trust) ->
                lines.add("Trust at " + words(sizes.getOrDefault(level, List.of())) + ": " + trust.sentence() + "."));
        return lines;
    }

    /**
     * Lines for the best layouts of searches.
     *
     * @param searches in ascending order of devices; those that found nothing are left out
     * @return a sentence per level that occurs
     */
    public static List<String> ofBest(List<SearchResult> searches) {
        return of(searches.stream()
                .filter(r -> !r.best().isEmpty())
                .map(r -> new Point(r.scenario(), r.best().getFirst().layout().strategy(), r.devices()))
                .toList());
    }

    /**
     * Lines for what a study simulated in its leading series; points that were measured need no trust.
     *
     * @param study the study
     * @return a sentence per level that occurs
     */
    public static List<String> of(StudyResult study) {
        return of(LeadingSeries.of(study).ran().stream()
                .filter(p -> p.metrics().provenance() == Provenance.SIMULATED)
                .flatMap(p -> strategy(p.strategy()).map(s -> new Point(study.scenario(), s, p.devices())).stream())
                .toList());
    }

    /** Empty where a host calls its strategies by names of its own. */
    private static Optional<ParallelismStrategy> strategy(String name) {
        try {
            return Optional.of(ParallelismStrategy.parse(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String words(List<Integer> sizes) {
        return sizes.size() == 1 ? Figures.whole(sizes.getFirst()) + " devices" : Figures.range(sizes);
    }
}
