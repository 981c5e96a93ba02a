package dev.kneepoint.study;

import dev.kneepoint.cost.SharedStepCost;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.StrategyRegion;
import java.util.OptionalDouble;

/**
 * One thread of a search that asks for energy. Energy follows from the classes of time of a simulated step, which takes
 * far longer than the closed form; so a layout is simulated only where bounds leave it a chance.
 */
final class EnergyWorker {
    /**
     * How much longer than the simulated step the closed form may take it to be: twice what its tests allow. Only with
     * this share taken off is its time a bound of the simulated one.
     */
    private static final double CLOSED_FORM = 0.04;

    private final StrategySearchBuilder settings;
    private final SearchFront front;
    private final SharedStepCost cost;
    private final SimulatedEnergy energy;
    private final ParetoArchive pareto;
    private final SearchTally tally;
    private final double limit;
    private final boolean closedFormBounds;

    EnergyWorker(StrategySearchBuilder settings, SearchFront front, SimulatedEnergy energy, ParetoArchive pareto) {
        this.settings = settings;
        this.front = front;
        this.cost = new SharedStepCost(settings.scenario);
        this.energy = energy;
        this.pareto = pareto;
        this.tally = new SearchTally(settings.objective, settings.top);
        this.limit = settings.maxMemory.value();
        this.closedFormBounds = settings.scenario.hardware().device().probed().isEmpty();
    }

    SearchTally run() {
        for (SearchFront.Task task = front.next(); task != null; task = front.next()) {
            for (StrategyRegion.Chunking chunking : task.region.chunkings(task.shape)) {
                if (front.stopped()) {
                    return tally;
                }
                double least = front.bounds() ? cost.least(SearchFront.leanest(task, chunking)) : 0;
                for (StrategyRegion.Sharing sharing : task.region.sharings()) {
                    evaluate(task, task.region.layout(task.shape, chunking, sharing), least);
                }
            }
        }
        return tally;
    }

    private void evaluate(SearchFront.Task task, Layout layout, double least) {
        double bytes = cost.memoryBytes(layout);
        boolean fits = bytes <= limit;
        boolean smallest = tally.isSmallest(bytes);
        if (settings.prune && !smallest && (!fits || hopeless(task, least, least, bytes))) {
            leaveOut(fits);
            return;
        }
        double seconds = cost.seconds(layout);
        if (settings.prune && !smallest && hopeless(task, seconds, simulatedAtLeast(seconds), bytes)) {
            leaveOut(fits);
            return;
        }
        tally.evaluated(fits);
        OptionalDouble joules = fits ? OptionalDouble.of(energy.joulesPerToken(layout)) : OptionalDouble.empty();
        FoundLayout found = new FoundLayout(layout, seconds, bytes, joules);
        if (smallest) {
            tally.smallest(found);
        }
        if (fits) {
            take(found);
        }
    }

    /** Times of probed ops are those of one machine, on which nobody has compared the closed form with the simulation. */
    private double simulatedAtLeast(double seconds) {
        return closedFormBounds ? seconds / (1 + CLOSED_FORM) : 0;
    }

    private void leaveOut(boolean fits) {
        tally.pruned(1);
        if (!fits) {
            tally.unfit();
        }
    }

    private void take(FoundLayout found) {
        settings.consumer.accept(found);
        tally.add(found);
        if (settings.pareto) {
            pareto.add(found);
        }
        front.found(tally.worst(), tally.quickest());
    }

    /**
     * Whether no layout is wanted that takes so long at least.
     *
     * @param seconds bound of its step time
     * @param simulated bound of its simulated step time
     */
    private boolean hopeless(SearchFront.Task task, double seconds, double simulated, double bytes) {
        if (!front.bounds()) {
            return false;
        }
        double joules = task.energy(settings.scenario).joulesPerToken(simulated);
        return settings.objective.value(seconds, bytes, joules) > Math.min(tally.worst(), front.worst())
                && (seconds > front.quickest() * SearchResult.FRONT || tally.isBehindFront(seconds, bytes))
                && (!settings.pareto || pareto.beats(seconds, bytes, joules));
    }
}
