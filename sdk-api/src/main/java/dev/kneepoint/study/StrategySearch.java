package dev.kneepoint.study;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cost.SharedStepCost;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.strategy.StrategySpace;
import java.util.List;
import java.util.Optional;

/**
 * Evaluates every legal layout of a workload on a number of devices, or as many as are needed to be sure of the best
 * ones, by the closed form and on several threads. A layout is left out only by bounds that hold: its memory, and the
 * work that no layout of its kind can avoid. Immutable; each call of {@link #run} searches anew, in memory that does not
 * grow with the space.
 */
@Incubating
public final class StrategySearch {
    private static final double NANO = 1e-9;

    private final StrategySearchBuilder settings;
    private final StrategySpace space;

    StrategySearch(StrategySearchBuilder settings) {
        this.settings = settings;
        this.space = StrategySpace.of(settings.scenario.workload(), settings.devices, settings.fixed);
        new SharedStepCost(settings.scenario);
    }

    /**
     * Begins to describe a search.
     *
     * @param scenario what runs on what; the workload's recomputation policy is one of those tried
     * @param devices devices in all, 1 to what there is of the cluster
     * @return a builder
     */
    public static StrategySearchBuilder of(Scenario scenario, int devices) {
        return new StrategySearchBuilder(scenario, devices);
    }

    /**
     * The space that is searched.
     *
     * @return the space
     */
    public StrategySpace space() {
        return space;
    }

    /**
     * Searches.
     *
     * @return what was found, or what was found when the time was up
     * @throws ExecutionCancelledException if the search was cancelled
     */
    public SearchResult run() {
        long start = System.nanoTime();
        SearchFront front = new SearchFront(settings, space, start);
        SearchTally total = new SearchTally(settings.objective, settings.top);
        ParetoArchive pareto = new ParetoArchive();
        try (SearchThreads threads = new SearchThreads(settings.threads)) {
            threads.each(() -> front.bound(new SharedStepCost(settings.scenario)));
            front.sort();
            for (SearchTally found : settings.energy() ? withEnergy(threads, front, pareto) : quickly(threads, front)) {
                total.merge(found);
            }
        }
        settings.cancellation.throwIfCancelled("searching " + settings.devices + " devices");
        return new SearchResult(
                settings.scenario,
                settings.devices,
                settings.objective,
                settings.maxMemory.value(),
                settings.fixed,
                space.size(),
                total.evaluated(),
                total.pruned(),
                total.unfitSeen(),
                (System.nanoTime() - start) * NANO,
                settings.threads,
                total.evaluated() + total.pruned() == space.size(),
                total.best(),
                total.front(),
                pareto.members(),
                total.best().isEmpty() ? Optional.ofNullable(total.smallest()) : Optional.empty());
    }

    private List<SearchTally> quickly(SearchThreads threads, SearchFront front) {
        return threads.each(() -> new SearchWorker(settings, front).run());
    }

    private List<SearchTally> withEnergy(SearchThreads threads, SearchFront front, ParetoArchive pareto) {
        try (SimulatedEnergy energy = new SimulatedEnergy(settings.scenario, settings.maxMemory.value())) {
            return threads.each(() -> new EnergyWorker(settings, front, energy, pareto).run());
        }
    }
}
