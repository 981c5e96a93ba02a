package dev.kneepoint.backend.cuda;

/**
 * Blocks of a launch.
 *
 * @param x at least 1
 * @param y 1 to 65,535
 * @param z 1 to 65,535
 */
record Grid(int x, int y, int z) {
    /** Most blocks in the second and third dimension. */
    static final int MOST = 65_535;

    /** Blocks in one dimension. */
    static Grid of(int blocks) {
        return new Grid(blocks, 1, 1);
    }
}
