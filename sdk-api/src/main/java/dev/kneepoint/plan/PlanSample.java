package dev.kneepoint.plan;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.units.Checks;
import java.util.ArrayList;
import java.util.List;

/**
 * How much of a plan a backend runs; the rest is multiplied out. Immutable.
 *
 * @param layers most layers of a run of equal ones, at least 1
 * @param microBatches most micro-batches, at least 2, since the first and the last are not like the others; interleaved
 *     schedules go in rounds of as many as there are stages
 */
@Incubating
public record PlanSample(int layers, int microBatches) {
    /** Checks the ranges. */
    public PlanSample {
        Checks.range("layers", layers, 1, Integer.MAX_VALUE);
        Checks.range("microBatches", microBatches, 2, Integer.MAX_VALUE);
    }

    /**
     * Everything.
     *
     * @return a sample that leaves nothing out of any plan
     */
    public static PlanSample whole() {
        return new PlanSample(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /**
     * Whether it leaves something of a plan out.
     *
     * @param plan a plan
     * @return false if the plan is run whole
     */
    public boolean cuts(StepPlan plan) {
        if (kept(plan) < plan.layout().microBatches()) {
            return true;
        }
        for (RankProgram p : plan.programs()) {
            for (Segment s : p.segments()) {
                for (Block b : s.blocks()) {
                    if (b.repeat() > layers) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private int kept(StepPlan plan) {
        int all = plan.layout().microBatches();
        int stages =
                plan.layout().strategy().virtualStages() > 1 ? plan.programs().size() : 1;
        long rounds = Math.ceilDiv((long) microBatches, stages);
        return (int) Math.min(all, rounds * stages);
    }

    /**
     * The plan with the sample's micro-batches. Its layers are all there: whoever runs it counts them.
     *
     * @param plan a plan
     * @return the plan itself if it has no more micro-batches
     */
    public StepPlan cut(StepPlan plan) {
        int kept = kept(plan);
        Layout l = plan.layout();
        if (kept == l.microBatches()) {
            return plan;
        }
        List<RankProgram> programs = new ArrayList<>();
        for (RankProgram p : plan.programs()) {
            SlotOrder o = p.order();
            SlotOrder cut = new SlotOrder(o.schedule(), o.stage(), o.stages(), o.chunks(), kept);
            programs.add(new RankProgram(p.stage(), p.ranks(), p.segments(), cut));
        }
        Layout layout = new Layout(
                l.strategy(),
                l.devices(),
                l.dataParallel(),
                l.shardRanks(),
                l.microBatch(),
                kept,
                l.chunkLayers(),
                l.recompute());
        return new StepPlan(plan.scenario(), layout, plan.groups(), programs, plan.memory());
    }
}
