package dev.kneepoint.cost;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.OpSink;
import dev.kneepoint.plan.Overlap;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.profile.OverlapHabits;
import org.jspecify.annotations.Nullable;

/** Lowers the ops that it receives into a {@link LoweredSegment}. Reusable and thread-confined. */
final class SegmentLowering implements OpSink {
    private static final double PICOS = 1e12;

    private final OpCost cost;
    private final @Nullable KnownUnits units;
    private final int[] unitStart = new int[UNITS];
    private LoweredSegment segment = new LoweredSegment();
    private double pace = 1;

    /**
     * Lowers with the times of {@code cost}.
     *
     * @param cost seconds of single ops
     * @param units units that the segments of a layout share, if they do; they carry no names
     */
    SegmentLowering(OpCost cost, @Nullable KnownUnits units) {
        this.cost = cost;
        this.units = units;
    }

    /** How much slower than the mean device the slowest is, at least 1. */
    void pace(double value) {
        pace = value;
    }

    /** From now on ops go to {@code target}, which is emptied. */
    OpSink into(LoweredSegment target) {
        target.clear();
        segment = target;
        return this;
    }

    @Override
    public void block(String title, int repeat) {
        segment.begin(title, repeat);
    }

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
        long picos = picos(cost.transfer(bytes));
        if (send) {
            segment.sends(picos);
        } else {
            segment.receives(picos);
        }
    }

    private void kernel(String op, double seconds, double launch, int waits, int signals) {
        add(op, LoweredSegment.KERNEL, StreamKind.COMPUTE, seconds * pace, launch, waits, signals, false, false);
    }

    @Override
    public boolean unit(int unit) {
        OpTable table = segment.table();
        int from = table.size();
        unitStart[unit] = from;
        if (units == null || !units.knows(unit)) {
            return false;
        }
        units.copy(unit, table);
        segment.added(from);
        return true;
    }

    @Override
    public void unitEnd(int unit) {
        if (units != null) {
            units.keep(unit, segment.table(), unitStart[unit]);
        }
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
        OpTable table = segment.table();
        table.add(op, kind, on.ordinal(), waits, signals, behind, across, picos(seconds), picos(launch));
        segment.added(table.size() - 1);
    }

    private static long picos(double seconds) {
        return Math.round(seconds * PICOS);
    }
}
