package dev.kneepoint.study;

import dev.kneepoint.cost.SharedStepCost;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.Prefetch;
import dev.kneepoint.strategy.StrategyRegion;
import dev.kneepoint.strategy.StrategySpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The work that is left, what the threads know of each other's findings, and when to stop. Thread-safe. */
final class SearchFront {
    private static final int HUNDRED = 100;
    /** State that is whole on every rank sends nothing in ordinary passes, so every other sharing takes at least as long. */
    private static final StrategyRegion.Sharing WHOLE = new StrategyRegion.Sharing(DataKind.DDP, 0, Prefetch.PRE, 1);

    private final StrategySearchBuilder settings;
    private final boolean bounds;
    private final long deadline;
    private final long started;
    private final Task[] tasks;
    private final AtomicInteger bounded = new AtomicInteger();
    private final AtomicInteger next = new AtomicInteger();
    private volatile double worst = Double.POSITIVE_INFINITY;
    private volatile double quickest = Double.POSITIVE_INFINITY;
    private int shown;

    /** All layouts of one shape, and the time that none of them is quicker than. */
    static final class Task {
        final StrategyRegion region;
        final StrategyRegion.Shape shape;
        double least;
        double promise;
        private @Nullable EnergyBound energy;

        Task(StrategyRegion region, StrategyRegion.Shape shape) {
            this.region = region;
            this.shape = shape;
        }

        /** What energy its layouts need at least; found when it is first asked for. */
        EnergyBound energy(Scenario scenario) {
            EnergyBound known = energy;
            if (known == null) {
                known = new EnergyBound(
                        scenario, leanest(this, region.chunkings(shape).get(0)));
                energy = known;
            }
            return known;
        }

        double promise(StrategySearchBuilder settings) {
            return settings.objective == SearchObjective.ENERGY
                    ? energy(settings.scenario).joulesPerToken(least)
                    : least;
        }
    }

    SearchFront(StrategySearchBuilder settings, StrategySpace space, long started) {
        this.settings = settings;
        this.bounds = settings.prune && (settings.objective != SearchObjective.MEMORY || settings.pareto);
        this.started = started;
        this.deadline = settings.budget.map(b -> b.toNanos()).orElse(Long.MAX_VALUE);
        List<Task> all = new ArrayList<>();
        for (StrategyRegion region : space.regions()) {
            for (StrategyRegion.Shape shape : region.shapes()) {
                if (!region.chunkings(shape).isEmpty() && !region.sharings().isEmpty()) {
                    all.add(new Task(region, shape));
                }
            }
        }
        this.tasks = all.toArray(new Task[0]);
    }

    /** Whether times are bounded from below. */
    boolean bounds() {
        return bounds;
    }

    /** A layout that takes no longer than any other of its shape and chunking. */
    static Layout leanest(Task task, StrategyRegion.Chunking chunking) {
        return task.region.layout(task.shape, chunking, WHOLE);
    }

    /** Bounds the times of shapes, until all are bounded. */
    Void bound(SharedStepCost cost) {
        for (int i = bounded.getAndIncrement();
                bounds && i < tasks.length && !stopped();
                i = bounded.getAndIncrement()) {
            Task task = tasks[i];
            task.least = cost.leastOfShape(
                    leanest(task, task.region.chunkings(task.shape).get(0)));
            task.promise = task.promise(settings);
        }
        return null;
    }

    /** Most promising first, so that what follows can be left out. */
    void sort() {
        if (bounds) {
            Arrays.sort(tasks, Comparator.comparingDouble(t -> t.promise));
        }
    }

    /** The next task, or null if none is left or time is up. */
    @Nullable
    Task next() {
        int i = stopped() ? tasks.length : next.getAndIncrement();
        if (i >= tasks.length) {
            return null;
        }
        show(i);
        return tasks[i];
    }

    boolean stopped() {
        return settings.cancellation.isCancelled() || System.nanoTime() - started > deadline;
    }

    private synchronized void show(int done) {
        int hundredth = (int) ((long) done * HUNDRED / tasks.length);
        if (hundredth > shown) {
            shown = hundredth;
            settings.progress.progressed(hundredth, HUNDRED, "searching " + settings.devices + " devices");
        }
    }

    /** A thread has found layouts: none that is worse than the worst of its best is among the best of all. */
    synchronized void found(double worstOfBest, double shortest) {
        worst = Math.min(worst, worstOfBest);
        quickest = Math.min(quickest, shortest);
    }

    /** The worst value of the objective that is still among the best. */
    double worst() {
        return worst;
    }

    /** The shortest step so far. */
    double quickest() {
        return quickest;
    }

    /** A longer step is neither among the best nor on the front. */
    double longest() {
        return Math.max(worst, quickest * SearchResult.FRONT);
    }
}
