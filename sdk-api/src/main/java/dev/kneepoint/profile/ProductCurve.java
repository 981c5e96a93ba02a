package dev.kneepoint.profile;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * Time of a matrix product on a device whose kernels work in small register blocks, alone on a rank:
 * {@code start + 2 * (M*N*k + innerRamp*M*N + columnRamp*M*k + rowRamp*N*k) / rate}, M and N rounded up to whole blocks.
 * The ramps are what is paid once per element of the result, of the left and of the right operand (loads, stores,
 * packing, loop starts), as extra length of the dimension that reuses it; they stand where tiles and waves do in
 * {@link GemmCurve}. When n ranks of a node are busy, it takes {@code 1 + shared * (n - 1)} times as long.
 *
 * @param startMicros cost of one product whatever its size, microseconds
 * @param gigaflops rate of large products, 10^9 operations per second
 * @param rowBlock rows of a register block, at least 1
 * @param columnBlock its columns, at least 1
 * @param innerRamp extra reduction length that an element of the result costs
 * @param columnRamp extra columns that an element of the left operand costs
 * @param rowRamp extra rows that an element of the right operand costs
 * @param shared what one more busy rank of the node adds to its time, relative
 * @since 0.2
 */
@Incubating
public record ProductCurve(
        double startMicros,
        double gigaflops,
        double rowBlock,
        double columnBlock,
        double innerRamp,
        double columnRamp,
        double rowRamp,
        double shared) {
    private static final double MICRO = 1e-6;
    private static final double GIGA = 1e9;

    /** Checks the ranges. */
    public ProductCurve {
        Checks.notNegative("startMicros", startMicros);
        Checks.positive("gigaflops", gigaflops);
        Checks.positive("rowBlock", rowBlock);
        Checks.positive("columnBlock", columnBlock);
        Checks.notNegative("innerRamp", innerRamp);
        Checks.notNegative("columnRamp", columnRamp);
        Checks.notNegative("rowRamp", rowRamp);
        Checks.notNegative("shared", shared);
    }

    /**
     * Time of one op.
     *
     * @param m rows
     * @param n columns
     * @param k reduction length
     * @param count products in one op
     * @param busy ranks of the node that are busy at once, at least 1
     * @return seconds
     */
    public double seconds(double m, double n, double k, double count, double busy) {
        double rows = Math.ceil(m / rowBlock) * rowBlock;
        double columns = Math.ceil(n / columnBlock) * columnBlock;
        double work = rows * columns * (k + innerRamp) + columnRamp * rows * k + rowRamp * columns * k;
        return (startMicros * MICRO + 2 * count * work / (gigaflops * GIGA)) * (1 + shared * (busy - 1));
    }
}
