package dev.kneepoint.cost;

import dev.kneepoint.plan.OpSink;
import java.util.Arrays;

/**
 * Lowered ops of all segments of one layout, without names. Segments are runs of blocks, blocks lists of pieces, and a
 * piece is a run of items that several segments may share, so that a layer is lowered once. An item is a transfer, or
 * consecutive kernels of which only the first waits for an event and only the last signals one: unless the device has to
 * wait for the host while a transfer drains, they take as long as one kernel. Times are picoseconds. Reusable and
 * thread-confined.
 */
final class LayoutOps {
    private static final int WAIT = 4;
    private static final int SIGNAL = 9;
    private static final int STREAM = 14;
    private static final int COUNT = 18;
    private static final int EVENT_MASK = 31;
    private static final int STREAM_MASK = 15;
    private static final int TYPE_MASK = 3;
    private static final int ACROSS = 1 << 3;
    /** Columns of an item, side by side so that an item lies on one or two cache lines. */
    private static final int COLUMNS = 6;

    private static final int TRAITS = 0;
    private static final int WORK = 1;
    private static final int HOST = 2;
    private static final int LEAD = 3;
    private static final int TAIL = 4;
    private static final int FIRST = 5;

    private long[] items = new long[64 * COLUMNS];
    private int itemsEnd;
    private boolean runs;
    private long[] kernels = new long[128];
    private int kernelsEnd;
    private int[] pieces = new int[64];
    private int piecesEnd;
    private int pieceStart;
    private int[] blockRepeat = new int[32];
    private int[] blockPieces = new int[33];
    private int blocks;
    private int segmentStart;
    private final int[] unitStart = new int[OpSink.UNITS];
    private final int[] unitEnd = new int[OpSink.UNITS];

    LayoutOps() {
        clear();
    }

    /** Forgets all segments and units: another layout has other sizes. */
    final void clear() {
        itemsEnd = 0;
        runs = false;
        kernelsEnd = 0;
        piecesEnd = 0;
        pieceStart = 0;
        blocks = 0;
        segmentStart = 0;
        Arrays.fill(unitEnd, -1);
    }

    /** Begins a segment; returns its first block. */
    int beginSegment() {
        segmentStart = blocks;
        return blocks;
    }

    /** Ends a segment; returns the block after its last one. */
    int endSegment() {
        cut();
        blocks -= blocks > segmentStart && blockPieces[blocks - 1] == piecesEnd ? 1 : 0;
        return blocks;
    }

    /** Begins a block; one without ops does not count. */
    void block(int repeat) {
        cut();
        if (blocks == segmentStart || blockPieces[blocks - 1] < piecesEnd) {
            blocks++;
        }
        if (blocks == blockPieces.length) {
            blockRepeat = Arrays.copyOf(blockRepeat, 2 * blocks);
            blockPieces = Arrays.copyOf(blockPieces, 2 * blocks + 1);
        }
        blockRepeat[blocks - 1] = repeat;
        blockPieces[blocks - 1] = piecesEnd;
        blockPieces[blocks] = piecesEnd;
    }

    /** Begins a unit; appends it and says true if it is known. */
    boolean unit(int unit) {
        cut();
        if (unitEnd[unit] < 0) {
            unitStart[unit] = piecesEnd;
            return false;
        }
        for (int piece = unitStart[unit]; piece < unitEnd[unit]; piece += 2) {
            piece(pieces[piece], pieces[piece + 1]);
        }
        return true;
    }

    /** Ends a unit, which is known from now on. */
    void unitEnd(int unit) {
        cut();
        unitEnd[unit] = piecesEnd;
    }

    private void cut() {
        runs = false;
        if (itemsEnd > pieceStart) {
            piece(pieceStart, itemsEnd);
            pieceStart = itemsEnd;
        }
    }

    private void piece(int from, int to) {
        if (piecesEnd == pieces.length) {
            pieces = Arrays.copyOf(pieces, 2 * piecesEnd);
        }
        pieces[piecesEnd] = from;
        pieces[piecesEnd + 1] = to;
        piecesEnd += 2;
        blockPieces[blocks] = piecesEnd;
    }

    /** Adds a kernel to the current item, or begins one with it. */
    void kernel(int waits, int signals, long work, long host) {
        if (kernelsEnd == kernels.length) {
            kernels = Arrays.copyOf(kernels, 2 * kernelsEnd);
        }
        if (!runs || waits >= 0) {
            item(LoweredSegment.KERNEL | waits + 1 << WAIT, work, host, host, host + work);
        } else {
            int last = itemsEnd - COLUMNS;
            long before = items[last + WORK];
            long issued = items[last + HOST] + host;
            items[last + WORK] = before + work;
            items[last + HOST] = issued;
            items[last + LEAD] = Math.max(items[last + LEAD], issued - before);
            items[last + TAIL] = Math.max(items[last + TAIL], issued) + work;
        }
        items[itemsEnd - COLUMNS + TRAITS] += (1 << COUNT) + (signals + 1 << SIGNAL);
        kernels[kernelsEnd] = work;
        kernels[kernelsEnd + 1] = host;
        kernelsEnd += 2;
        runs = signals < 0;
    }

    /** Adds a transfer. */
    void transfer(byte type, int stream, int waits, int signals, boolean across, long work, long host) {
        int traits = type | (across ? ACROSS : 0) | waits + 1 << WAIT | signals + 1 << SIGNAL | stream << STREAM;
        item(traits, work, host, host, 0);
        runs = false;
    }

    private void item(int traits, long work, long host, long lead, long tail) {
        int at = itemsEnd;
        itemsEnd += COLUMNS;
        if (itemsEnd > items.length) {
            items = Arrays.copyOf(items, 2 * items.length);
        }
        items[at + TRAITS] = traits;
        items[at + WORK] = work;
        items[at + HOST] = host;
        items[at + LEAD] = lead;
        items[at + TAIL] = tail;
        items[at + FIRST] = kernelsEnd;
    }

    /** Times that a block is issued. */
    int repeat(int block) {
        return blockRepeat[block];
    }

    /** First piece of a block. */
    int firstPiece(int block) {
        return blockPieces[block];
    }

    /** The piece after the last one of a block. */
    int lastPiece(int block) {
        return blockPieces[block + 1];
    }

    /** The piece after another. */
    static int nextPiece(int piece) {
        return piece + 2;
    }

    /** First item of a piece. */
    int firstItem(int piece) {
        return pieces[piece];
    }

    /** The item after the last one of a piece. */
    int lastItem(int piece) {
        return pieces[piece + 1];
    }

    /** The item after another. */
    static int nextItem(int item) {
        return item + COLUMNS;
    }

    /** What an item is: one of {@link LoweredSegment}'s types. */
    int type(int item) {
        return (int) items[item + TRAITS] & TYPE_MASK;
    }

    /** Ordinal of the stream of a transfer. */
    int stream(int item) {
        return (int) items[item + TRAITS] >>> STREAM & STREAM_MASK;
    }

    /** Event that an item waits for, or -1. */
    int waits(int item) {
        return ((int) items[item + TRAITS] >>> WAIT & EVENT_MASK) - 1;
    }

    /** Event that an item signals, or -1. */
    int signals(int item) {
        return ((int) items[item + TRAITS] >>> SIGNAL & EVENT_MASK) - 1;
    }

    /** Whether a transfer uses the network. */
    boolean network(int item) {
        return (items[item + TRAITS] & ACROSS) != 0;
    }

    /** Time of an item alone on the machine: of all its kernels. */
    long work(int item) {
        return items[item + WORK];
    }

    /** Host time to issue an item: all its kernels. */
    long host(int item) {
        return items[item + HOST];
    }

    /** How far the host must be ahead when the item begins, so that nothing in it waits for the host. */
    long lead(int item) {
        return items[item + LEAD];
    }

    /** From when the host begins to issue kernels to their end, if the device never is the one that is late. */
    long tail(int item) {
        return items[item + TAIL];
    }

    /** First kernel of an item. */
    int firstKernel(int item) {
        return (int) items[item + FIRST];
    }

    /** The kernel after the last one of an item. */
    int lastKernel(int item) {
        return firstKernel(item) + 2 * (int) (items[item + TRAITS] >>> COUNT);
    }

    /** The kernel after another. */
    static int nextKernel(int kernel) {
        return kernel + 2;
    }

    /** Time of a single kernel. */
    long kernelWork(int kernel) {
        return kernels[kernel];
    }

    /** Host time to issue a single kernel. */
    long kernelHost(int kernel) {
        return kernels[kernel + 1];
    }
}
