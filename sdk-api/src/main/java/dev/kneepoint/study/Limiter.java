package dev.kneepoint.study;

import dev.kneepoint.cost.OpCost;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.units.Quantity;
import java.util.HashMap;
import java.util.Map;

/** Says what takes most of the time that is not compute, and whether latency or bandwidth is behind it. */
final class Limiter {
    /** What a little more of a message costs is its bandwidth: an empty one would go by a protocol that this one does not. */
    private static final double STEP = 0.01;

    private static final double NEGLIGIBLE = 0.1;

    private record Kind(CollectiveKind collective, GroupKind group) {}

    private Limiter() {}

    static String describe(StepPlan plan, ScalingMetrics metrics) {
        TimeParts parts = metrics.meanParts();
        TimeClass most = TimeClass.EXPOSED_COMMUNICATION;
        for (TimeClass c : TimeClass.values()) {
            if (c != TimeClass.COMPUTE && parts.of(c) > parts.of(most)) {
                most = c;
            }
        }
        double share = parts.of(most) / parts.total();
        if (share < NEGLIGIBLE) {
            return "compute (" + Quantity.percent(parts.compute() / parts.total()) + " of the step)";
        }
        String of = " (" + Quantity.percent(share) + " of the step)";
        return switch (most) {
            case COMPUTE, IDLE -> "idle time" + of;
            case EXPOSED_COMMUNICATION -> collective(plan) + of;
            case BUBBLE -> "the pipeline bubble" + of;
            case STRAGGLER -> "waiting for the slowest device" + of;
            case LAUNCH -> "launch-bound compute: the host cannot issue kernels as fast as they run" + of;
        };
    }

    private static String collective(StepPlan plan) {
        OpCost cost = new OpCost(plan.scenario());
        cost.layout(plan.layout());
        Map<Kind, double[]> seconds = new HashMap<>();
        RankProgram program = plan.programs().get(0);
        for (Segment s : program.segments()) {
            double runs = program.runs(s);
            for (Block b : s.blocks()) {
                for (Op op : b.ops()) {
                    if (op instanceof Op.Collective c) {
                        add(seconds, cost, c, runs * b.repeat());
                    }
                }
            }
        }
        return seconds.entrySet().stream()
                .max((a, b) -> Double.compare(a.getValue()[0], b.getValue()[0]))
                .map(e -> words(plan, e.getKey(), e.getValue()))
                .orElse("exposed communication");
    }

    private static void add(Map<Kind, double[]> seconds, OpCost cost, Op.Collective c, double times) {
        double all = cost.collective(c.kind(), c.group(), c.bytes(), c.calls());
        double more = cost.collective(c.kind(), c.group(), c.bytes() * (1 + STEP), c.calls());
        double latency = all - (more - all) / STEP;
        double[] sum = seconds.computeIfAbsent(new Kind(c.kind(), c.group()), k -> new double[2]);
        sum[0] += times * all;
        sum[1] += times * latency;
    }

    private static String words(StepPlan plan, Kind kind, double[] seconds) {
        int ranks = plan.groups().stream()
                .filter(g -> g.kind() == kind.group())
                .mapToInt(g -> g.size())
                .findFirst()
                .orElse(1);
        String cause = seconds[1] > seconds[0] / 2 ? "latency" : "bandwidth";
        boolean pair =
                kind.collective() == CollectiveKind.ALL_GATHER || kind.collective() == CollectiveKind.REDUCE_SCATTER;
        String what = pair ? "all-gather and reduce-scatter" : kind.collective().label();
        return "exposed " + what + " " + cause + " over " + ranks + " "
                + kind.group().label() + " ranks";
    }
}
