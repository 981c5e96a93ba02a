package dev.kneepoint.samples.report;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a purchase rests on, and how well each point is known. */
final class Checklist {
    /** How well something is known, from best to worst. */
    enum State {
        MEASURED("measured"),
        CATALOG("taken from a catalog"),
        SIMULATED("simulated"),
        MISSING("missing");

        private final String label;

        State(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }

        /** The style of its badge. */
        String css() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A point of the list.
     *
     * @param name what
     * @param states how it is known; more than one if the studies differ
     * @param known what is known
     * @param next what to measure before buying
     */
    record Item(String name, List<State> states, String known, String next) {}

    private Checklist() {}

    static List<Item> of(List<StudyResult> studies) {
        List<StudyPoint.Ran> ran =
                studies.stream().flatMap(s -> ran(s).stream()).toList();
        return Stream.of(Topic.values())
                .map(t -> new Item(
                        t.title(),
                        List.copyOf(EnumSet.copyOf(t.states(studies))),
                        known(t, studies),
                        ran.isEmpty() && t != Topic.BANDWIDTH && t != Topic.LATENCY
                                ? "First find a size that fits: no studied size can run. " + t.next()
                                : t.next()))
                .toList();
    }

    /** One text if it holds for all studies, else one for each with what tells them apart. */
    private static String known(Topic topic, List<StudyResult> studies) {
        List<String> texts = studies.stream().map(topic::known).toList();
        if (texts.stream().distinct().count() == 1) {
            return texts.getFirst();
        }
        boolean byScaling =
                studies.stream().map(StudyResult::scaling).distinct().count() == studies.size();
        return IntStream.range(0, texts.size())
                .mapToObj(i -> (byScaling
                                ? studies.get(i).scaling().label() + " scaling"
                                : studies.get(i).title())
                        + ": " + texts.get(i))
                .collect(Collectors.joining("; "));
    }

    static List<StudyPoint.Ran> ran(StudyResult study) {
        return study.series().stream().flatMap(s -> s.ran().stream()).toList();
    }

    /** How the points that hold a figure came about; missing if none does. */
    static Set<State> states(Collection<StudyPoint.Ran> points, Predicate<ScalingMetrics> holds) {
        Set<State> states = points.stream()
                .map(StudyPoint.Ran::metrics)
                .filter(holds)
                .map(m -> state(m.provenance()))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(State.class)));
        return states.isEmpty() ? EnumSet.of(State.MISSING) : states;
    }

    /** Only what ran as a whole on the hardware that it speaks of counts as measured. */
    private static State state(Provenance provenance) {
        return provenance == Provenance.MEASURED ? State.MEASURED : State.SIMULATED;
    }

    /** For example {@code 41.3 % to 52.0 %} over the points that hold the figure. */
    static String range(StudyResult study, Chart chart) {
        double[] values = ran(study).stream()
                .map(p -> chart.of(p.metrics()))
                .filter(v -> v.isPresent())
                .mapToDouble(v -> v.getAsDouble())
                .sorted()
                .toArray();
        if (values.length == 0) {
            return "no figure";
        }
        String low = chart.format(values[0]);
        String high = chart.format(values[values.length - 1]);
        return low.equals(high) ? low : low + " to " + high;
    }

    /** Counts by provenance, for example {@code 12 simulated, 2 measured}. */
    static String counts(StudyResult study) {
        Map<Provenance, Long> counts = ran(study).stream()
                .collect(Collectors.groupingBy(
                        r -> r.metrics().provenance(), () -> new EnumMap<>(Provenance.class), Collectors.counting()));
        return counts.entrySet().stream()
                .map(e -> e.getValue() + " " + e.getKey().label())
                .collect(Collectors.joining(", "));
    }
}
