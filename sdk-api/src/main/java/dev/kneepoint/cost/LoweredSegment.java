package dev.kneepoint.cost;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.OpSink;
import dev.kneepoint.plan.Overlap;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.profile.OverlapHabits;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A segment as arrays: ops in issue order with their time alone on the machine, in picoseconds, their host time, stream
 * and events. What the stack fails to hide of a transfer becomes a blocking piece on the compute stream; the rest runs
 * in the background. Integer time makes folded and unfolded simulations equal to the last bit. Reusable and
 * thread-confined.
 */
public final class LoweredSegment implements OpSink {
    /** A kernel on the compute stream. */
    public static final byte KERNEL = 0;
    /** A transfer beside compute. */
    public static final byte BACKGROUND = 1;
    /** A transfer that blocks compute, once its stream is free. */
    public static final byte BLOCKING = 2;
    /** A transfer that blocks compute, whatever its stream does. */
    public static final byte BLOCKING_FREE = 3;

    private static final double PICOS = 1e12;

    private final OpCost cost;
    private double pace;
    private int blocks;
    private String[] blockName = new String[8];
    private int[] blockStart = new int[9];
    private int[] blockRepeat = new int[8];
    private final OpTable table;
    private final @Nullable KnownUnits units;
    private final int[] unitStart = new int[UNITS];
    private final KernelRuns kernelRuns = new KernelRuns();
    private long receiveHop;
    private long sendHop;

    /**
     * An empty segment.
     *
     * @param cost seconds of single ops
     * @param pace how much slower than the mean device the slowest is, at least 1
     */
    public LoweredSegment(OpCost cost, double pace) {
        this.cost = cost;
        this.pace = pace;
        this.units = null;
        this.table = new OpTable(true);
    }

    /** An empty segment without names that shares units with others of its layout. */
    LoweredSegment(OpCost cost, double pace, KnownUnits units) {
        this.cost = cost;
        this.pace = pace;
        this.units = units;
        this.table = new OpTable(false);
    }

    /**
     * Changes the pace of ops added from now on.
     *
     * @param value how much slower than the mean device the slowest is, at least 1
     */
    public void pace(double value) {
        pace = value;
    }

    /** Forgets all ops. */
    public void clear() {
        blocks = 0;
        table.clear();
        kernelRuns.clear();
        receiveHop = 0;
        sendHop = 0;
    }

    @Override
    public void block(String title, int repeat) {
        if (blocks > 0 && blockStart[blocks - 1] == table.size()) {
            blocks--;
        }
        if (blocks == blockRepeat.length) {
            blockName = Arrays.copyOf(blockName, 2 * blocks);
            blockRepeat = Arrays.copyOf(blockRepeat, 2 * blocks);
            blockStart = Arrays.copyOf(blockStart, 2 * blocks + 1);
        }
        kernelRuns.close();
        blockName[blocks] = title;
        blockStart[blocks] = table.size();
        blockRepeat[blocks++] = repeat;
        blockStart[blocks] = table.size();
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
        double flops = (backward ? 2.5 : 1) * 2 * sequences * queries * span * heads * headSize;
        kernel(op, cost.attention(flops, length, headSize), cost.launch(kernels), -1, -1);
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
        double launch = cost.launchCollective(calls);
        boolean across = cost.crossesDomains(group);
        double exposed = overlap == Overlap.HIDDEN ? 0 : exposure(on);
        if (overlap == Overlap.BLOCKING) {
            double overhead = on == StreamKind.TENSOR
                    ? cost.scenario().stack().communication().tensorOverheadMicros() * 1e-6
                    : 0;
            add(op, BLOCKING, on, exposed * seconds + overhead, launch, -1, signals, false, across);
            if (exposed < 1) {
                add(op, BACKGROUND, on, (1 - exposed) * seconds, 0, -1, -1, true, across);
            }
            return;
        }
        if (exposed > 0) {
            add(op, BLOCKING_FREE, on, exposed * seconds, 0, -1, -1, false, across);
        }
        boolean behind = overlap == Overlap.HIDDEN || exposed > 0;
        add(op, BACKGROUND, on, (1 - exposed) * seconds, launch, waits, signals, behind, across);
    }

    private double exposure(StreamKind on) {
        OverlapHabits o = cost.scenario().stack().overlap();
        return switch (on) {
            case TENSOR -> o.tensorExposure();
            case CONTEXT -> o.contextExposure();
            case EXPERT -> o.expertExposure();
            case SHARD -> o.shardExposure();
            case GRADIENT -> 0;
            case COMPUTE, PIPELINE -> 1;
        };
    }

    @Override
    public void transfer(String op, boolean send, boolean towardsLast, double bytes) {
        long picos = picos(cost.transfer(bytes));
        if (send) {
            sendHop = picos;
        } else {
            receiveHop = picos;
        }
    }

    private void kernel(String op, double seconds, double launch, int waits, int signals) {
        add(op, KERNEL, StreamKind.COMPUTE, seconds * pace, launch, waits, signals, false, false);
    }

    @Override
    public boolean unit(int unit) {
        int from = table.size();
        unitStart[unit] = from;
        if (units == null || !units.knows(unit)) {
            return false;
        }
        units.copy(unit, table);
        for (int op = from; op < table.size(); op++) {
            join(op);
        }
        blockStart[blocks] = table.size();
        return true;
    }

    @Override
    public void unitEnd(int unit) {
        if (units != null) {
            units.keep(unit, table, unitStart[unit]);
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
        table.add(op, kind, on.ordinal(), waits, signals, behind, across, picos(seconds), picos(launch));
        join(table.size() - 1);
        blockStart[blocks] = table.size();
    }

    private void join(int op) {
        if (table.type(op) == KERNEL) {
            kernelRuns.kernel(op, table.work(op), table.host(op), table.waits(op), table.signals(op));
        } else {
            kernelRuns.close();
        }
    }

    private static long picos(double seconds) {
        return Math.round(seconds * PICOS);
    }

    /**
     * Number of blocks.
     *
     * @return at least 0
     */
    public int blocks() {
        return blocks > 0 && blockStart[blocks - 1] == table.size() ? blocks - 1 : blocks;
    }

    /**
     * First op of a block.
     *
     * @param block 0 to {@link #blocks()}; the last one gives the number of ops
     * @return op index
     */
    public int start(int block) {
        return blockStart[block];
    }

    /**
     * Times that a block is issued.
     *
     * @param block the block
     * @return at least 1
     */
    public int repeat(int block) {
        return blockRepeat[block];
    }

    /**
     * Name of a block.
     *
     * @param block the block
     * @return its name
     */
    public String blockName(int block) {
        return blockName[block];
    }

    /**
     * Name of an op.
     *
     * @param op op index
     * @return its name
     */
    public String name(int op) {
        return table.name(op);
    }

    /**
     * What an op is: {@link #KERNEL}, {@link #BACKGROUND}, {@link #BLOCKING} or {@link #BLOCKING_FREE}.
     *
     * @param op op index
     * @return the type
     */
    public int type(int op) {
        return table.type(op);
    }

    /**
     * Ordinal of an op's {@link StreamKind}: of blocking transfers, the stream that carries them.
     *
     * @param op op index
     * @return the stream
     */
    public int stream(int op) {
        return table.stream(op);
    }

    /**
     * Event that an op waits for.
     *
     * @param op op index
     * @return the event, or -1
     */
    public int waits(int op) {
        return table.waits(op);
    }

    /**
     * Event that an op signals.
     *
     * @param op op index
     * @return the event, or -1
     */
    public int signals(int op) {
        return table.signals(op);
    }

    /**
     * Whether a background op starts only after the compute ops issued before it.
     *
     * @param op op index
     * @return true if so
     */
    public boolean afterCompute(int op) {
        return table.behind(op);
    }

    /**
     * Whether a transfer uses the network rather than the scale-up links alone.
     *
     * @param op op index
     * @return true for the network
     */
    public boolean network(int op) {
        return table.across(op);
    }

    /**
     * Time of an op alone on the machine.
     *
     * @param op op index
     * @return picoseconds
     */
    public long work(int op) {
        return table.work(op);
    }

    /** Runs of kernels that nothing separates. */
    KernelRuns kernelRuns() {
        return kernelRuns;
    }

    /**
     * Host time to issue an op.
     *
     * @param op op index
     * @return picoseconds
     */
    public long host(int op) {
        return table.host(op);
    }

    /**
     * Transfer time of the message that the segment starts with.
     *
     * @return picoseconds; 0 if it receives nothing
     */
    public long receiveHop() {
        return receiveHop;
    }

    /**
     * Transfer time of the message that the segment ends with.
     *
     * @return picoseconds; 0 if it sends nothing
     */
    public long sendHop() {
        return sendHop;
    }
}
