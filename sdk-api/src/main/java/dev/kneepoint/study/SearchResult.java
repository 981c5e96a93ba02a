package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.units.Checks;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import java.util.List;
import java.util.Optional;

/**
 * What a search found. Immutable. Layouts and their order are the same for any number of threads, with and without
 * pruning; how many were pruned depends on what was found first.
 *
 * @param scenario what runs on what
 * @param devices devices in all
 * @param objective what was wanted
 * @param limitBytes memory that a layout may need on a device
 * @param fixed parts of the strategy that were given, as {@link StrategySearchBuilder#fix} takes them; blank for none
 * @param space distinct legal layouts
 * @param evaluated layouts whose step time and memory were computed, and their energy if the search was asked for it
 * @param pruned layouts that could not be among the best, for they need too much memory or at least too long
 * @param unfit layouts that were seen to need more memory than there is, among both
 * @param seconds time that the search took
 * @param threads threads that it used
 * @param complete whether the whole space was covered; false if the time was up first
 * @param best the best layouts that fit, best first
 * @param front layouts that fit and of which none is both quicker and smaller, the quickest first, down to
 *     {@link #FRONT} times the step time of the quickest
 * @param pareto layouts that fit and of which none is as good in step time, memory and energy per token, and better in
 *     one of them, the quickest first, however slow; empty unless asked for
 * @param smallest where nothing fits, the layout that needs the least memory
 */
@Incubating
public record SearchResult(
        Scenario scenario,
        int devices,
        SearchObjective objective,
        double limitBytes,
        String fixed,
        long space,
        long evaluated,
        long pruned,
        long unfit,
        double seconds,
        int threads,
        boolean complete,
        List<FoundLayout> best,
        List<FoundLayout> front,
        List<FoundLayout> pareto,
        Optional<FoundLayout> smallest) {
    /** Predictions that lie no further apart are a tie, as a share. */
    public static final double TIE = 0.02;

    /** How much slower than the quickest a layout may be that saves memory. */
    public static final double FRONT = 1.25;

    private static final double SECONDS_PER_HOUR = 3600;

    /** Copies the lists. */
    public SearchResult {
        best = ImmutableList.copyOf(best);
        front = ImmutableList.copyOf(front);
        pareto = ImmutableList.copyOf(pareto);
    }

    /**
     * The same with fewer of the best.
     *
     * @param layouts how many to keep
     * @return the result as a search for so many gives it
     */
    public SearchResult withTop(int layouts) {
        Checks.range("top", layouts, 1, 100_000);
        return new SearchResult(
                scenario,
                devices,
                objective,
                limitBytes,
                fixed,
                space,
                evaluated,
                pruned,
                unfit,
                seconds,
                threads,
                complete,
                best.subList(0, Math.min(layouts, best.size())),
                front,
                pareto,
                smallest);
    }

    /**
     * Those of the best that are as good as the first, by what predictions can tell.
     *
     * @return the first and what lies within {@link #TIE} of it, in order; empty if nothing fits
     */
    public List<FoundLayout> ties() {
        if (best.isEmpty()) {
            return ImmutableList.of();
        }
        double bound = objective.value(best.get(0)) * (1 + TIE);
        return best.stream().filter(f -> objective.value(f) <= bound).collect(ImmutableList.toImmutableList());
    }

    /**
     * Model FLOPs utilisation, attention counted in full.
     *
     * @param found a layout of this search
     * @return a share
     */
    public double mfu(FoundLayout found) {
        double flops = ModelCounts.modelFlopsPerStep(scenario.workload(), FlopConvention.NON_CAUSAL);
        double peak = scenario.cluster()
                .accelerator()
                .peak(scenario.workload().precision())
                .orElseThrow()
                .value();
        return flops / (found.seconds() * devices * peak);
    }

    /**
     * Tokens per second of all devices.
     *
     * @param found a layout of this search
     * @return tokens per second
     */
    public double tokensPerSecond(FoundLayout found) {
        return scenario.workload().tokensPerStep() / found.seconds();
    }

    /**
     * What the devices cost. At one size it is in proportion to the step time.
     *
     * @param found a layout of this search
     * @return US dollars per million tokens; 0 if the cluster has no price
     */
    public double usdPerMillionTokens(FoundLayout found) {
        double perSecond = scenario.cluster().pricePerDeviceHour() * devices / SECONDS_PER_HOUR;
        return perSecond / tokensPerSecond(found) * 1e6;
    }
}
