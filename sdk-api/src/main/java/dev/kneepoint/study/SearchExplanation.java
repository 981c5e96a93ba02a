package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cost.MicroBatchChoice;
import dev.kneepoint.cost.StepCost;
import dev.kneepoint.metrics.MetricsCalculator;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.FlopConvention;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Why a search's winner wins: its step and that of its rivals by class of time, what limits it, and what a machine that is
 * twice as good in one respect would give. Steps are simulated, so that their parts add up. Immutable.
 *
 * @param winner the best layout
 * @param runnerUp the best that shards or divides devices otherwise; empty if none was kept
 * @param plain fully sharded data parallelism alone, its micro-batch the quickest that fits; empty if none fits
 * @param limiter what takes most of the winner's time beside compute, in words
 * @param gains what changes of the machine would give
 */
@Incubating
public record SearchExplanation(
        Explained winner, Optional<Explained> runnerUp, Optional<Explained> plain, String limiter, List<Gain> gains) {
    /** Copies the list. */
    public SearchExplanation {
        gains = ImmutableList.copyOf(gains);
    }

    /**
     * A layout and its simulated step.
     *
     * @param layout the layout
     * @param metrics its metrics
     */
    public record Explained(Layout layout, ScalingMetrics metrics) {}

    /**
     * What a change of the machine gives.
     *
     * @param change the change
     * @param seconds step time of the winner on the changed machine, by the closed form
     * @param speedup step time on the machine as it is, over that
     */
    public record Gain(HardwareChange change, double seconds, double speedup) {}

    /**
     * Explains a search.
     *
     * @param result a search that found something
     * @param changes the changes of the machine to try; size of memory changes what fits and not the winner's time
     * @return the explanation, or empty if nothing fits
     */
    public static Optional<SearchExplanation> of(SearchResult result, List<HardwareChange> changes) {
        if (result.best().isEmpty()) {
            return Optional.empty();
        }
        Layout winner = result.best().get(0).layout();
        Scenario roomy = SimulatedEnergy.roomy(result.scenario(), result.limitBytes());
        try (Backend sim = BackendRegistry.discover(SearchExplanation.class.getClassLoader())
                .open("sim", Map.of())) {
            Explained best = explained(sim, roomy, winner);
            return Optional.of(new SearchExplanation(
                    best,
                    rival(result).map(l -> explained(sim, roomy, l)),
                    plain(result).map(l -> explained(sim, roomy, l)),
                    Limiter.describe(PlanCompiler.compile(result.scenario(), winner), best.metrics()),
                    gains(result.scenario(), winner, changes)));
        }
    }

    private static Optional<Layout> rival(SearchResult result) {
        String family = family(result.best().get(0).layout());
        return result.best().stream()
                .map(FoundLayout::layout)
                .filter(l -> !family(l).equals(family))
                .findFirst();
    }

    private static Optional<Layout> plain(SearchResult result) {
        ParallelismStrategy fsdp = ParallelismStrategy.parse("fsdp");
        return MicroBatchChoice.quickest(result.scenario(), fsdp, result.devices()) instanceof Feasibility.Feasible f
                ? Optional.of(f.layout())
                : Optional.empty();
    }

    /**
     * A layout's data kind and degrees, in words: what its micro-batch, recomputation, schedule and prefetching do not change.
     *
     * @param layout the layout
     * @return for example {@code fsdp,tp=2}
     */
    public static String family(Layout layout) {
        ParallelismStrategy s = layout.strategy();
        StringBuilder out = new StringBuilder(
                s.data().name().toLowerCase(Locale.ROOT) + (s.shardGroup() > 0 ? "=" + s.shardGroup() : ""));
        int[] degrees = {s.tensor(), s.pipeline(), s.context(), s.expert()};
        String[] names = {"tp", "pp", "cp", "ep"};
        for (int i = 0; i < degrees.length; i++) {
            out.append(degrees[i] > 1 ? "," + names[i] + "=" + degrees[i] : "");
        }
        return out.toString();
    }

    private static Explained explained(Backend sim, Scenario scenario, Layout layout) {
        StepPlan plan = PlanCompiler.compile(scenario, layout);
        ExecutionResult r = sim.execute(ExecutionRequest.of(plan));
        return new Explained(
                layout,
                MetricsCalculator.compute(
                        plan,
                        r.steps(),
                        r.timeline(),
                        r.energy(),
                        r.provenance(),
                        r.flags(),
                        r.origin(),
                        FlopConvention.NON_CAUSAL));
    }

    private static List<Gain> gains(Scenario scenario, Layout layout, List<HardwareChange> changes) {
        double now = new StepCost(scenario).seconds(layout);
        List<Gain> out = new ArrayList<>();
        for (HardwareChange change : changes) {
            double then = new StepCost(change.apply(scenario)).seconds(layout);
            out.add(new Gain(change, then, now / then));
        }
        return out;
    }
}
