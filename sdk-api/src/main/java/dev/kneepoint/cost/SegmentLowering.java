package dev.kneepoint.cost;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.OpSink;
import dev.kneepoint.plan.Overlap;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.profile.OverlapHabits;

/** Lowers the ops that it receives to times on the machine; where they go is for subclasses. Reusable and thread-confined. */
abstract class SegmentLowering implements OpSink {
    private static final double PICOS = 1e12;

    private final OpCost cost;
    private double pace = 1;

    /**
     * Lowers with the times of {@code cost}.
     *
     * @param cost seconds of single ops
     */
    SegmentLowering(OpCost cost) {
        this.cost = cost;
    }

    /** A kernel's time by the profiles, or what somebody has measured instead. */
    double kernelSeconds(String op, double simulated) {
        return simulated;
    }

    /** How much slower than the mean device the slowest is, at least 1. */
    void pace(double value) {
        pace = value;
    }

    /**
     * Takes a lowered op.
     *
     * @param op its name
     * @param type one of {@link LoweredSegment}'s types
     * @param on its stream
     * @param work time alone on the machine, picoseconds
     * @param host time to issue it, picoseconds
     * @param waits event to wait for, or -1
     * @param signals event to signal, or -1
     * @param behind whether it starts only after the compute ops before it
     * @param across whether it uses the network
     */
    abstract void take(
            String op,
            byte type,
            StreamKind on,
            long work,
            long host,
            int waits,
            int signals,
            boolean behind,
            boolean across);

    /**
     * Takes a message between stages.
     *
     * @param send whether the segment ends with it, not starts
     * @param picos its transfer time, picoseconds
     */
    abstract void take(boolean send, long picos);

    @Override
    public void matmul(
            String op,
            double rows,
            double columns,
            double inner,
            double count,
            boolean quantised,
            double kernels,
            int waits,
            int signals) {
        kernel(op, cost.matmul(rows, columns, inner, count, quantised), cost.launch(kernels), waits, signals);
    }

    @Override
    public void attention(
            String op,
            double sequences,
            double queries,
            double length,
            double span,
            double heads,
            double headSize,
            boolean backward,
            double kernels) {
        double seconds = cost.attention(sequences, queries, length, span, heads, headSize, backward);
        kernel(op, seconds, cost.launch(kernels), -1, -1);
    }

    @Override
    public void memory(
            String op, MemoryKind kind, double bytes, double localExperts, double kernels, int waits, int signals) {
        double launch = kind == MemoryKind.ROUTING ? cost.launchRouting(kernels, localExperts) : cost.launch(kernels);
        kernel(op, cost.memory(kind, bytes), launch, waits, signals);
    }

    @Override
    public void optimizer(String op, double parameters, double bytes, int waits) {
        kernel(op, cost.optimizer(bytes), cost.launch(2), waits, -1);
    }

    @Override
    public void collective(
            String op,
            CollectiveKind kind,
            GroupKind group,
            StreamKind on,
            double bytes,
            double calls,
            Overlap overlap,
            int waits,
            int signals) {
        double seconds = cost.collective(kind, group, bytes, calls);
        double launch = cost.launchCollective(group, calls);
        boolean across = cost.crossesDomains(group);
        boolean behindAll = overlap == Overlap.HIDDEN || (on == StreamKind.GRADIENT && overlap != Overlap.BLOCKING);
        double exposed = behindAll ? 0 : exposure(on);
        if (overlap == Overlap.BLOCKING) {
            double overhead = on == StreamKind.TENSOR
                    ? cost.scenario().stack().communication().tensorOverheadMicros() * 1e-6
                    : 0;
            add(op, LoweredSegment.BLOCKING, on, exposed * seconds + overhead, launch, -1, signals, false, across);
            if (exposed < 1) {
                add(op, LoweredSegment.BACKGROUND, on, (1 - exposed) * seconds, 0, -1, -1, true, across);
            }
            return;
        }
        if (exposed > 0) {
            add(op, LoweredSegment.BLOCKING_FREE, on, exposed * seconds, 0, -1, -1, false, across);
        }
        boolean behind = overlap == Overlap.HIDDEN || exposed > 0;
        add(op, LoweredSegment.BACKGROUND, on, (1 - exposed) * seconds, launch, waits, signals, behind, across);
    }

    private double exposure(StreamKind on) {
        OverlapHabits o = cost.scenario().stack().overlap();
        return switch (on) {
            case TENSOR -> o.tensorExposure();
            case CONTEXT -> o.contextExposure();
            case EXPERT -> o.expertExposure();
            case SHARD -> o.shardExposure();
            // Reductions run behind; what blocks here is what the optimizer waits for.
            case COMPUTE, PIPELINE, GRADIENT -> 1;
        };
    }

    @Override
    public void transfer(String op, boolean send, boolean towardsLast, double bytes) {
        take(send, picos(cost.transfer(bytes)));
    }

    private void kernel(String op, double seconds, double launch, int waits, int signals) {
        add(
                op,
                LoweredSegment.KERNEL,
                StreamKind.COMPUTE,
                kernelSeconds(op, seconds) * pace,
                launch,
                waits,
                signals,
                false,
                false);
    }

    private void add(
            String op,
            byte kind,
            StreamKind on,
            double seconds,
            double launch,
            int waits,
            int signals,
            boolean behind,
            boolean across) {
        take(op, kind, on, picos(seconds), picos(launch), waits, signals, behind, across);
    }

    private static long picos(double seconds) {
        return Picos.round(seconds * PICOS);
    }
}
