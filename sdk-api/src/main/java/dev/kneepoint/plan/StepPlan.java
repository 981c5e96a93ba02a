package dev.kneepoint.plan;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One training step of one configuration as data. Immutable.
 *
 * @param scenario what is run on what
 * @param layout the resolved strategy
 * @param groups process groups of more than one rank
 * @param programs one per pipeline stage
 * @param memory peak memory of the fullest stage
 */
public record StepPlan(
        Scenario scenario, Layout layout, List<ProcessGroup> groups, List<RankProgram> programs, MemoryUse memory) {
    /** Copies the lists. */
    public StepPlan {
        groups = ImmutableList.copyOf(groups);
        programs = ImmutableList.copyOf(programs);
    }

    /**
     * Operations that all devices execute in one step: causal attention by half, recomputation included.
     *
     * @return a multiply-add counts as two
     */
    public double executedFlops() {
        double sum = 0;
        for (RankProgram p : programs) {
            for (Segment s : p.segments()) {
                sum += s.flops() * p.runs(s) * p.ranks();
            }
        }
        return sum;
    }

    /**
     * Bytes of all collectives or transfers that one rank of a stage issues on a stream in one step, as their kinds
     * count them.
     *
     * @param stage the stage
     * @param stream the stream
     * @return bytes
     */
    public double bytes(int stage, StreamKind stream) {
        RankProgram p = programs.get(stage);
        double sum = 0;
        for (Segment s : p.segments()) {
            double each = 0;
            for (Block b : s.blocks()) {
                for (Op op : b.ops()) {
                    each += op.stream() == stream ? b.repeat() * size(op) : 0;
                }
            }
            sum += each * p.runs(s);
        }
        return sum;
    }

    private static double size(Op op) {
        return switch (op) {
            case Op.Collective c -> c.bytes();
            case Op.SendReceive t -> t.send() ? t.bytes() : 0;
            case Op.Matmul m -> 0;
            case Op.Attention a -> 0;
            case Op.MemoryBound m -> 0;
            case Op.OptimizerStep o -> 0;
        };
    }

    /**
     * Bytes that a rank of a stage sends in one step, by communication axis: bus bytes of collectives of groups with
     * other ranks (see {@link CollectiveKind#busBytes}), and messages to other stages.
     *
     * @param stage the stage
     * @return bytes by {@link StreamKind#axis()}; axes without traffic are absent
     */
    public SortedMap<String, Double> bytesSent(int stage) {
        RankProgram p = programs.get(stage);
        SortedMap<String, Double> sum = new TreeMap<>();
        for (Segment s : p.segments()) {
            double runs = p.runs(s);
            for (Block b : s.blocks()) {
                for (Op op : b.ops()) {
                    double each = sent(op);
                    if (each > 0) {
                        sum.merge(op.stream().axis(), runs * b.repeat() * each, Double::sum);
                    }
                }
            }
        }
        return sum;
    }

    private double sent(Op op) {
        if (op instanceof Op.Collective c) {
            for (ProcessGroup g : groups) {
                if (g.kind() == c.group()) {
                    return c.kind().busBytes(c.bytes(), g.size());
                }
            }
        }
        return op instanceof Op.SendReceive t ? size(t) : 0;
    }
}
