package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SlotOrder;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.strategy.Layout;
import java.util.ArrayList;
import java.util.List;

/** Cuts micro-batches off a plan that is run only in part. */
final class Sample {
    private Sample() {}

    /** Whether the options leave something of a plan out. */
    static boolean isNeeded(StepPlan plan, CpuOptions options) {
        if (microBatches(plan, options) < plan.layout().microBatches()) {
            return true;
        }
        for (RankProgram p : plan.programs()) {
            for (Segment s : p.segments()) {
                for (Block b : s.blocks()) {
                    if (b.repeat() > options.layers()) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Interleaved schedules go in rounds of as many micro-batches as there are stages. */
    private static int microBatches(StepPlan plan, CpuOptions options) {
        int all = plan.layout().microBatches();
        int stages =
                plan.layout().strategy().virtualStages() > 1 ? plan.programs().size() : 1;
        long rounds = Math.ceilDiv((long) options.microBatches(), stages);
        return (int) Math.min(all, rounds * stages);
    }

    /** The plan with at most as many micro-batches as the options allow. */
    static StepPlan of(StepPlan plan, CpuOptions options) {
        int kept = microBatches(plan, options);
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
