package dev.kneepoint.study;

import com.google.common.base.Joiner;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.strategy.StrategySpace;
import dev.kneepoint.study.SearchObstacle.Change;
import dev.kneepoint.study.SearchObstacle.Limit;
import dev.kneepoint.study.SearchObstacle.Remedy;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Says why no layout is legal, and what would be. */
final class IllegalSpace {
    /** How far from a number of devices another one is looked for. */
    private static final int FARTHEST = 64;

    private IllegalSpace() {}

    static SearchObstacle explain(SearchResult r) {
        List<Integer> degrees = dataDegrees(r);
        return new SearchObstacle(
                degrees.isEmpty() ? Limit.FIXED : Limit.BATCH,
                degrees.isEmpty() ? fixed(r) : batch(r, degrees),
                Optional.empty(),
                Optional.empty(),
                Stream.of(devices(r), otherBatch(r, degrees), lessFixed(r))
                        .flatMap(Optional::stream)
                        .toList());
    }

    /** Data-parallel degrees that are legal but for the batch, ascending. Each divides a batch of one sequence a device. */
    private static List<Integer> dataDegrees(SearchResult r) {
        TrainingWorkload w = r.scenario().workload().withGlobalBatch(r.devices());
        return StrategySpace.of(w, r.devices(), r.fixed()).regions().stream()
                .filter(region -> region.size() > 0)
                .map(region -> r.devices()
                        / (region.degrees().tensor()
                                * region.degrees().pipeline()
                                * region.degrees().context()))
                .distinct()
                .sorted()
                .toList();
    }

    private static String batch(SearchResult r, List<Integer> degrees) {
        return String.format(
                Locale.ROOT,
                "the global batch of %,d sequences does not divide over any number of data-parallel ranks that %,d"
                        + " devices allow%s: %s",
                r.scenario().workload().globalBatch(),
                r.devices(),
                r.fixed().isBlank() ? "" : " with " + r.fixed(),
                Joiner.on(", ").join(degrees));
    }

    private static String fixed(SearchResult r) {
        String model = r.scenario().workload().model().name();
        String start = "no layout of " + model + " on " + r.devices() + " devices has " + r.fixed();
        try {
            ParallelismStrategy strategy = ParallelismStrategy.parse(r.fixed());
            return Layout.of(r.scenario().workload(), strategy, r.devices()) instanceof Feasibility.Infeasible i
                    ? start + ": " + i.message()
                    : start;
        } catch (IllegalArgumentException severalValuesOrContradiction) {
            return start + ": these parts go together with no division of the devices";
        }
    }

    private static Optional<Remedy> devices(SearchResult r) {
        int most = r.scenario().cluster().maxDevices();
        return IntStream.rangeClosed(1, FARTHEST)
                .boxed()
                .flatMap(d -> Stream.of(r.devices() - d, r.devices() + d))
                .filter(n -> n >= 1 && n <= most)
                .flatMap(n -> legal(r.scenario(), n, r.fixed())
                        .map(f -> new Remedy(Change.DEVICES, Integer.toString(n), Remedies.devices(n), f))
                        .stream())
                .findFirst();
    }

    /** The nearest batch that divides; the smaller one of two. */
    private static Optional<Remedy> otherBatch(SearchResult r, List<Integer> degrees) {
        TrainingWorkload w = r.scenario().workload();
        List<Integer> batches = new ArrayList<>();
        for (int dp : degrees) {
            int below = w.globalBatch() / dp * dp;
            batches.add(below);
            batches.add(below + dp);
        }
        return batches.stream()
                .filter(b -> b > 0)
                .sorted(Comparator.<Integer>comparingInt(b -> Math.abs(b - w.globalBatch()))
                        .thenComparing(Comparator.naturalOrder()))
                .flatMap(b -> legal(r.scenario().withWorkload(w.withGlobalBatch(b)), r.devices(), r.fixed())
                        .map(f -> new Remedy(
                                Change.GLOBAL_BATCH,
                                Integer.toString(b),
                                String.format(Locale.ROOT, "a global batch of %,d sequences", b),
                                f))
                        .stream())
                .findFirst();
    }

    private static Optional<Remedy> lessFixed(SearchResult r) {
        return Remedies.partsWithoutOne(r.fixed())
                .flatMap(kept ->
                        legal(r.scenario(), r.devices(), kept)
                                .map(f -> Remedies.lessFixed(r.fixed(), kept, f))
                                .stream())
                .findFirst();
    }

    private static Optional<FoundLayout> legal(Scenario scenario, int devices, String fixed) {
        return LeastMemory.of(scenario, devices, fixed).map(l -> Remedies.found(scenario, l));
    }
}
