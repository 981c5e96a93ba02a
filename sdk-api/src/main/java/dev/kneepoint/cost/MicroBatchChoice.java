package dev.kneepoint.cost;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;

/** Chooses the micro-batch where a strategy leaves it open. */
@Incubating
public final class MicroBatchChoice {
    private MicroBatchChoice() {}

    /**
     * The layout with the quickest micro-batch that fits, by the closed form; the larger one where they tie. A
     * strategy that names its micro-batch has no other.
     *
     * @param scenario what is run on what
     * @param strategy how
     * @param devices devices in all
     * @return the layout, or why there is none
     */
    public static Feasibility quickest(Scenario scenario, ParallelismStrategy strategy, int devices) {
        if (scenario.cluster()
                .accelerator()
                .peak(scenario.workload().precision())
                .isEmpty()) {
            return new Feasibility.Infeasible(
                    scenario.cluster().accelerator().name() + " has no "
                            + scenario.workload().precision().label(),
                    "");
        }
        StepCost cost = new StepCost(scenario);
        Feasibility best = new Feasibility.Infeasible("", "");
        double quickest = Double.POSITIVE_INFINITY;
        double smallest = Double.POSITIVE_INFINITY;
        for (int mb : choices(scenario.workload(), strategy, devices)) {
            ParallelismStrategy with = strategy.toBuilder().microBatch(mb).build();
            switch (Layout.of(scenario.workload(), with, devices)) {
                case Feasibility.Infeasible i -> best = quickest == Double.POSITIVE_INFINITY ? i : best;
                case Feasibility.Feasible f -> {
                    double need = cost.memoryBytes(f.layout());
                    smallest = Math.min(smallest, need);
                    if (cost.fits(f.layout())) {
                        double seconds = cost.seconds(f.layout());
                        if (seconds <= quickest) {
                            quickest = seconds;
                            best = f;
                        }
                    }
                }
            }
        }
        if (quickest == Double.POSITIVE_INFINITY && smallest < Double.POSITIVE_INFINITY) {
            return new Feasibility.Infeasible(
                    "needs " + Bytes.of(smallest) + ", the device has "
                            + scenario.cluster().accelerator().memory(),
                    "");
        }
        return best;
    }

    private static List<Integer> choices(TrainingWorkload workload, ParallelismStrategy strategy, int devices) {
        if (strategy.microBatch().isPresent()) {
            return ImmutableList.of(strategy.microBatch().getAsInt());
        }
        List<Integer> choices = Layout.microBatchChoices(workload, strategy, devices);
        return choices.isEmpty() ? ImmutableList.of(1) : choices;
    }
}
