package dev.kneepoint.study;

import dev.kneepoint.cost.LoweredSegment;
import dev.kneepoint.cost.OpCost;
import dev.kneepoint.cost.OrderStatistics;
import dev.kneepoint.metrics.PowerModel;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.PowerCurve;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;

/**
 * Energy that no layout of a shape does without: its kernels and its blocking transfers draw what they draw, and what is
 * left of its step draws at least what the cheapest class of time does. Nothing runs beside a kernel for free, and a
 * simulated device is never idle, for it computes, sends or waits. Immutable.
 */
final class EnergyBound {
    /** What rounding of times to picoseconds and of sums may take off. */
    private static final double ROUNDING = 1e-6;

    private final Scenario scenario;
    private final int devices;
    private final double pace;
    private final double kernels;
    private final double transfers;

    /**
     * Adds up what every micro-batch of a shape needs.
     *
     * @param leanest a layout of the shape whose state is whole on every rank
     */
    EnergyBound(Scenario scenario, Layout leanest) {
        this.scenario = scenario;
        this.devices = leanest.devices();
        this.pace = OrderStatistics.pace(scenario.hardware().device().spread(), devices);
        StepPlan plan = PlanCompiler.compile(scenario, withOrdinaryPasses(leanest));
        OpCost cost = new OpCost(scenario);
        cost.layout(leanest);
        long[] picos = new long[LoweredSegment.BLOCKING_FREE + 1];
        for (RankProgram program : plan.programs()) {
            for (Segment segment : program.segments()) {
                if (isOrdinary(segment.kind())) {
                    add(LoweredSegment.of(segment, cost, pace), picos);
                }
            }
        }
        double perDevice = leanest.microBatches() / (1e12 * leanest.strategy().pipeline()) * (1 - ROUNDING);
        this.kernels = picos[LoweredSegment.KERNEL] * perDevice;
        this.transfers = (picos[LoweredSegment.BLOCKING] + picos[LoweredSegment.BLOCKING_FREE]) * perDevice;
    }

    /** So many micro-batches that some are neither the first nor the last: those do nothing that others do not. */
    private static Layout withOrdinaryPasses(Layout l) {
        return new Layout(
                l.strategy(),
                l.devices(),
                l.dataParallel(),
                l.shardRanks(),
                l.microBatch(),
                2 * l.strategy().pipeline(),
                l.chunkLayers(),
                l.recompute());
    }

    private static boolean isOrdinary(SegmentKind kind) {
        return kind == SegmentKind.FORWARD || kind == SegmentKind.BACKWARD || kind == SegmentKind.WEIGHT;
    }

    private static void add(LoweredSegment s, long[] picos) {
        for (int block = 0; block < s.blocks(); block++) {
            for (int op = s.start(block); op < s.start(block + 1); op++) {
                picos[s.type(op)] += s.work(op) * s.repeat(block);
            }
        }
    }

    /**
     * Joules per token that no layout of the shape undercuts whose step takes at least so long.
     *
     * @param leastSeconds a time that the simulated step does not undercut; 0 if none is known
     */
    double joulesPerToken(double leastSeconds) {
        double mean = kernels / pace;
        double straggling = kernels - mean;
        double rest = Math.max(0, leastSeconds - kernels - transfers);
        PowerCurve curve = scenario.hardware().device().power();
        boolean waits = curve.waiting() <= Math.min(curve.compute(), curve.communication());
        boolean computes = !waits && curve.compute() <= curve.communication();
        TimeParts parts = new TimeParts(
                mean + (computes ? rest : 0),
                transfers + (waits || computes ? 0 : rest),
                waits ? rest : 0,
                straggling,
                0,
                0);
        double rate = scenario.workload().tokensPerStep() / parts.total() / devices;
        return PowerModel.of(parts, curve, scenario.cluster(), rate).joulesPerToken() * (1 - ROUNDING);
    }
}
