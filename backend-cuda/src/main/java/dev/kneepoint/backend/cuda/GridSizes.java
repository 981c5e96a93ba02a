package dev.kneepoint.backend.cuda;

import dev.kneepoint.spi.AttentionShape;

/** How many blocks work on what, on a device with so many multiprocessors. Immutable. */
record GridSizes(int multiprocessors) {
    /** Most blocks of a search for the largest element, each of which leaves one. */
    static final int MOST_SEARCHERS = 1024;

    /** Rows of a tile that is turned. */
    static final int TURNED_ROWS = 128;

    private static final int TURNED_COLUMNS = 64;

    /** Enough for every multiprocessor to have work while others wait for memory. */
    private static final int RESIDENT = 8;

    /** Bytes that a thread takes at once. */
    private static final int PACK = 16;

    /** Blocks for so many elements, which take what is left in turn. */
    Grid elements(long count, int bytes) {
        long threads = Math.ceilDiv(count, PACK / bytes);
        return Grid.of(
                (int) Math.clamp(Math.ceilDiv(threads, CudaKernel.THREADS), 1L, (long) RESIDENT * multiprocessors));
    }

    /** Blocks that search so many elements. */
    Grid search(long count, int bytes) {
        return Grid.of(Math.min(MOST_SEARCHERS, elements(count, bytes).x()));
    }

    /** Blocks for so many pairs, a thread to each. */
    Grid pairs(long count) {
        return elements(count, PACK);
    }

    /** Blocks for so many rows. */
    Grid rows(int count) {
        return Grid.of(Math.min(count, 2 * RESIDENT * multiprocessors));
    }

    /** Blocks for tiles of a product; several products are in the third dimension. */
    static Grid tiles(int rows, int columns, int count, int tile) {
        return new Grid(Math.ceilDiv(columns, tile), Math.ceilDiv(rows, tile), count);
    }

    /** Blocks for tiles of a matrix that is turned. */
    static Grid turned(int rows, int columns) {
        return new Grid(Math.ceilDiv(columns, TURNED_COLUMNS), Math.ceilDiv(rows, TURNED_ROWS), 1);
    }

    /** Blocks for tiles of attention. */
    static Grid attention(int positions, int tile, int heads, AttentionShape shape) {
        return new Grid(Math.ceilDiv(positions, tile), heads, shape.sequences());
    }
}
