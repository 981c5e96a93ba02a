package dev.kneepoint.cost;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.OpReplay;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StreamKind;
import java.util.Arrays;

/**
 * A segment as arrays: ops in issue order with their time alone on the machine, in picoseconds, their host time, stream
 * and events. What the stack fails to hide of a transfer is a blocking piece on the compute stream; the rest runs in
 * the background. Integer time makes folded and unfolded simulations equal to the last bit. Thread-confined.
 */
public final class LoweredSegment {
    /** A kernel on the compute stream. */
    public static final byte KERNEL = 0;
    /** A transfer beside compute. */
    public static final byte BACKGROUND = 1;
    /** A transfer that blocks compute, once its stream is free. */
    public static final byte BLOCKING = 2;
    /** A transfer that blocks compute, whatever its stream does. */
    public static final byte BLOCKING_FREE = 3;

    private final OpTable table = new OpTable();
    private int blocks;
    private String[] blockName = new String[8];
    private int[] blockStart = new int[9];
    private int[] blockRepeat = new int[8];
    private long receiveHop;
    private long sendHop;

    /** A segment without ops. */
    public LoweredSegment() {}

    /**
     * Lowers a segment of a plan.
     *
     * @param segment the segment
     * @param cost seconds of single ops
     * @param pace how much slower than the mean device the slowest is, at least 1
     * @return its ops as arrays
     */
    public static LoweredSegment of(Segment segment, OpCost cost, double pace) {
        return of(segment, cost, pace, KernelTimes.OF_PROFILES);
    }

    /**
     * Lowers a segment of a plan whose kernels somebody has measured.
     *
     * @param segment the segment
     * @param cost seconds of single ops
     * @param pace how much slower than the mean device the slowest is, at least 1
     * @param kernels seconds of kernels instead
     * @return its ops as arrays
     */
    @Incubating
    public static LoweredSegment of(Segment segment, OpCost cost, double pace, KernelTimes kernels) {
        LoweredSegment lowered = new LoweredSegment();
        NamedLowering lowering = new NamedLowering(cost, kernels, lowered);
        lowering.pace(pace);
        OpReplay.into(segment, lowering);
        return lowered;
    }

    /** Begins a block. */
    void begin(String title, int repeat) {
        if (blocks > 0 && blockStart[blocks - 1] == table.size()) {
            blocks--;
        }
        if (blocks == blockRepeat.length) {
            blockName = Arrays.copyOf(blockName, 2 * blocks);
            blockRepeat = Arrays.copyOf(blockRepeat, 2 * blocks);
            blockStart = Arrays.copyOf(blockStart, 2 * blocks + 1);
        }
        blockName[blocks] = title;
        blockStart[blocks] = table.size();
        blockRepeat[blocks++] = repeat;
        blockStart[blocks] = table.size();
    }

    /** Adds an op to the current block. */
    void add(
            String op,
            byte type,
            int stream,
            int waits,
            int signals,
            boolean behind,
            boolean across,
            long work,
            long host) {
        table.add(op, type, stream, waits, signals, behind, across, work, host);
        blockStart[blocks] = table.size();
    }

    void receives(long picos) {
        receiveHop = picos;
    }

    void sends(long picos) {
        sendHop = picos;
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
