package dev.kneepoint.profile;

import dev.kneepoint.units.Checks;

/**
 * Matrix-product time of a device and operand precision: the kernel picks the cheapest of four tiles and of split-k 1,
 * 2, 4, 8, and pays whole waves (fit of measured products; see {@code dev.kneepoint.cost.GemmCost}).
 *
 * @param efficiency fraction of the dense peak that the largest tile reaches, in isolation
 * @param memoryEfficiency fraction of the memory bandwidth that operands stream at
 * @param fillK pipeline fill and epilogue of a tile, as extra reduction length
 * @param tileRatio1 efficiency of the 128x128 tile against 128x256
 * @param tileRatio2 efficiency of 64x128 against 128x128, and of 64x64 against 64x128
 * @param floorMicros shortest kernel, microseconds
 * @param sustained what remains of {@code efficiency} in a whole step, where clocks fall under the power limit
 * @param misaligned64 time factor when n or k is not a multiple of 64, at least 1
 */
public record GemmCurve(
        double efficiency,
        double memoryEfficiency,
        double fillK,
        double tileRatio1,
        double tileRatio2,
        double floorMicros,
        double sustained,
        double misaligned64) {
    /** Checks the ranges. */
    public GemmCurve {
        Checks.positive("efficiency", efficiency);
        Checks.positive("memoryEfficiency", memoryEfficiency);
        Checks.notNegative("fillK", fillK);
        Checks.positive("tileRatio1", tileRatio1);
        Checks.positive("tileRatio2", tileRatio2);
        Checks.notNegative("floorMicros", floorMicros);
        Checks.positive("sustained", sustained);
        Checks.positive("misaligned64", misaligned64);
    }
}
