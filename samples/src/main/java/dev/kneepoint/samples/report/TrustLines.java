package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.Trust;
import dev.kneepoint.calibration.TrustLevel;
import dev.kneepoint.calibration.ValidatedRange;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.ParallelismStrategy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How far simulated points are from runs that were compared with measurements: a line per distance. */
final class TrustLines {
    /** A point whose trust is asked for. */
    record Point(int devices, ParallelismStrategy strategy) {}

    private TrustLines() {}

    /** Lines for points in ascending order of devices; each level speaks of its largest size. */
    static List<String> of(Scenario scenario, List<Point> points) {
        ValidatedRange range = ValidatedRange.shipped();
        Map<TrustLevel, List<Integer>> sizes = new EnumMap<>(TrustLevel.class);
        Map<TrustLevel, Trust> last = new EnumMap<>(TrustLevel.class);
        for (Point p : points) {
            Trust trust = range.assess(scenario, p.strategy(), p.devices());
            sizes.computeIfAbsent(trust.level(), l -> new ArrayList<>()).add(p.devices());
            last.put(trust.level(), trust);
        }
        List<String> lines = new ArrayList<>();
        last.forEach((level, trust) ->
                lines.add("Trust at " + words(sizes.getOrDefault(level, List.of())) + ": " + trust.sentence() + "."));
        return lines;
    }

    private static String words(List<Integer> sizes) {
        String first = sizes.getFirst().toString();
        return (sizes.size() == 1 ? first : first + " to " + sizes.getLast()) + " devices";
    }
}
