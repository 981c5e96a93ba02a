package dev.kneepoint.study;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cost.SharedStepCost;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.strategy.StrategySpace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

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
        ExecutorService pool = Executors.newFixedThreadPool(settings.threads, StrategySearch::daemon);
        try {
            inParallel(pool, () -> front.bound(new SharedStepCost(settings.scenario)));
            front.sort();
            for (SearchTally found : settings.energy() ? withEnergy(pool, front, pareto) : quickly(pool, front)) {
                total.merge(found);
            }
        } finally {
            pool.shutdownNow();
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

    private List<SearchTally> quickly(ExecutorService pool, SearchFront front) {
        return inParallel(pool, () -> new SearchWorker(settings, front).run());
    }

    private List<SearchTally> withEnergy(ExecutorService pool, SearchFront front, ParetoArchive pareto) {
        try (SimulatedEnergy energy = new SimulatedEnergy(settings.scenario, settings.maxMemory.value())) {
            return inParallel(pool, () -> new EnergyWorker(settings, front, energy, pareto).run());
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "kneepoint-search");
        thread.setDaemon(true);
        return thread;
    }

    private <T> List<T> inParallel(ExecutorService pool, Callable<T> work) {
        List<Future<T>> running = new ArrayList<>();
        for (int i = 0; i < settings.threads; i++) {
            running.add(pool.submit(work));
        }
        List<T> out = new ArrayList<>();
        for (Future<T> future : running) {
            try {
                out.add(Uninterruptibles.getUninterruptibly(future));
            } catch (ExecutionException e) {
                throw new IllegalStateException("a searching thread failed: " + e.getCause(), e.getCause());
            }
        }
        return out;
    }
}
