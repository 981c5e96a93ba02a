package dev.kneepoint.profile;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * Time of a causal attention kernel in one direction, alone on a rank: {@code start + rows * row + rows * d * element +
 * pairs * pair + flops / rate}, d the head size, rows the queries of all heads and pairs the scores that are computed.
 * An exponential is paid per pair, products per pair and element, the rest per row. When n ranks of a node are busy, it
 * takes {@code 1 + shared * (n - 1)} times as long.
 *
 * @param startMicros cost of one op whatever its size, microseconds
 * @param rowNanos cost of a row, nanoseconds
 * @param elementNanos cost of an element of a row, nanoseconds
 * @param pairNanos cost of a score, nanoseconds
 * @param gigaflops rate of the products, 10^9 operations per second
 * @param shared what one more busy rank of the node adds to its time, relative
 * @since 0.2
 */
@Incubating
public record CoreCurve(
        double startMicros, double rowNanos, double elementNanos, double pairNanos, double gigaflops, double shared) {
    private static final double MICRO = 1e-6;
    private static final double NANO = 1e-9;

    /** Checks the ranges. */
    public CoreCurve {
        Checks.notNegative("startMicros", startMicros);
        Checks.notNegative("rowNanos", rowNanos);
        Checks.notNegative("elementNanos", elementNanos);
        Checks.notNegative("pairNanos", pairNanos);
        Checks.positive("gigaflops", gigaflops);
        Checks.notNegative("shared", shared);
    }

    /**
     * Time of one op.
     *
     * @param rows queries of all sequences and heads
     * @param pairs scores that are computed: under the causal mask half of the square
     * @param headSize head size
     * @param flops operations of the direction, as {@code Op.Attention} counts them
     * @param busy ranks of the node that are busy at once, at least 1
     * @return seconds
     */
    public double seconds(double rows, double pairs, double headSize, double flops, double busy) {
        double nanos = rows * (rowNanos + elementNanos * headSize) + pairs * pairNanos + flops / gigaflops;
        return (startMicros * MICRO + nanos * NANO) * (1 + shared * (busy - 1));
    }
}
