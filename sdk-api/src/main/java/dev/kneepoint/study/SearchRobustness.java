package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.calibration.ProfileUncertainty;
import dev.kneepoint.cost.SharedStepCost;
import dev.kneepoint.units.Checks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * What layouts may lose because the profiles are not exact. Every draw of the profiles' errors makes a machine on which
 * one of the layouts is the quickest; the regret of another is how much longer it takes there, as a share. An error that
 * a layout has of its own falls on all alike and decides nothing, so it is not drawn. Which layouts fit is taken as
 * certain. Immutable.
 *
 * @param draws machines drawn
 * @param layouts the layouts compared, the least expected regret first
 */
@Incubating
public record SearchRobustness(int draws, List<Judged> layouts) {
    /** How much slower than the best a layout may be by the profiles as they are, as a share, to be compared. */
    public static final double WITHIN = 0.1;

    /** Layouts that are compared at most. */
    public static final int MOST = 100;

    /** Best layouts that a search should keep, so that other families than the winner's are among them. */
    public static final int KEPT = 500;

    /** Machines that are drawn unless another number is asked for. */
    public static final int DRAWS = 100;

    private static final long SEED = 2411_13055;

    /** Copies the list. */
    public SearchRobustness {
        layouts = ImmutableList.copyOf(layouts);
    }

    /**
     * A layout and its regret.
     *
     * @param found the layout, its figures by the profiles as they are
     * @param expectedRegret mean over the draws of its step time over the shortest, less 1
     * @param worstRegret the largest of them
     */
    public record Judged(FoundLayout found, double expectedRegret, double worstRegret) {}

    /**
     * Compares the best layouts of a search within {@link #WITHIN} of the first: the best of each family
     * ({@link SearchExplanation#family}), and the best of the others up to {@link #MOST} in all. A search should have
     * kept {@link #KEPT} of them ({@link StrategySearchBuilder#top}), for the very best are mostly alike.
     *
     * @param result a search for the shortest step or the cheapest token
     * @param uncertainty of the profiles
     * @return the comparison, made on as many threads as the search and the same for any number; empty if nothing fits or the search was for something else
     */
    public static Optional<SearchRobustness> of(SearchResult result, ProfileUncertainty uncertainty) {
        return of(result, uncertainty, DRAWS, SEED);
    }

    /**
     * The same with draws of one's own.
     *
     * @param result a search for the shortest step or the cheapest token
     * @param uncertainty of the profiles
     * @param draws machines to draw, 1 to 100,000
     * @param seed of the first draw
     * @return the comparison; empty if nothing fits, the search was for something else, or the device was probed: the
     *     uncertainty of the profiles says nothing of what was measured on it
     */
    public static Optional<SearchRobustness> of(
            SearchResult result, ProfileUncertainty uncertainty, int draws, long seed) {
        Checks.range("draws", draws, 1, 100_000);
        boolean byTime = result.objective() == SearchObjective.THROUGHPUT || result.objective() == SearchObjective.COST;
        boolean probed = result.scenario().hardware().device().probed().isPresent();
        if (!byTime || probed || result.best().isEmpty()) {
            return Optional.empty();
        }
        List<FoundLayout> compared = compared(result.best());
        double[][] regrets = new double[draws][];
        AtomicInteger next = new AtomicInteger();
        try (SearchThreads threads = new SearchThreads(Math.max(1, result.threads()))) {
            threads.each(() -> {
                for (int d = next.getAndIncrement(); d < draws; d = next.getAndIncrement()) {
                    regrets[d] =
                            regrets(new SharedStepCost(uncertainty.resample(result.scenario(), seed + d)), compared);
                }
                return draws;
            });
        }
        return Optional.of(new SearchRobustness(draws, judged(compared, regrets)));
    }

    private static List<FoundLayout> compared(List<FoundLayout> best) {
        double longest = best.get(0).seconds() * (1 + WITHIN);
        Map<String, FoundLayout> families = new LinkedHashMap<>();
        List<FoundLayout> others = new ArrayList<>();
        for (FoundLayout f : best) {
            if (f.seconds() <= longest && families.putIfAbsent(SearchExplanation.family(f.layout()), f) != null) {
                others.add(f);
            }
        }
        return Stream.concat(families.values().stream(), others.stream())
                .limit(MOST)
                .sorted(SearchObjective.THROUGHPUT.order())
                .toList();
    }

    private static double[] regrets(SharedStepCost cost, List<FoundLayout> compared) {
        double[] seconds =
                compared.stream().mapToDouble(f -> cost.seconds(f.layout())).toArray();
        double shortest = Double.POSITIVE_INFINITY;
        for (double s : seconds) {
            shortest = Math.min(shortest, s);
        }
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = seconds[i] / shortest - 1;
        }
        return seconds;
    }

    private static List<Judged> judged(List<FoundLayout> compared, double[][] regrets) {
        List<Judged> out = new ArrayList<>(compared.size());
        for (int i = 0; i < compared.size(); i++) {
            double sum = 0;
            double worst = 0;
            for (double[] draw : regrets) {
                sum += draw[i];
                worst = Math.max(worst, draw[i]);
            }
            out.add(new Judged(compared.get(i), sum / regrets.length, worst));
        }
        out.sort(Comparator.comparingDouble(Judged::expectedRegret)
                .thenComparingDouble(Judged::worstRegret)
                .thenComparing(Judged::found, SearchObjective.THROUGHPUT.order()));
        return out;
    }

    /**
     * The robust choice.
     *
     * @return the layout that is expected to lose least
     */
    public Judged choice() {
        return layouts.get(0);
    }

    /**
     * The choice by the profiles as they are.
     *
     * @return the best layout of the search
     */
    public Judged nominal() {
        return layouts.stream()
                .min(Comparator.comparing(Judged::found, SearchObjective.THROUGHPUT.order()))
                .orElseThrow();
    }
}
