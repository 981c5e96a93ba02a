package dev.kneepoint.cost;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.GemmCurve;
import java.util.Arrays;

/**
 * Time of a matrix product by tiles and waves (fit of measured products, see {@link GemmCurve}): the cheapest of tiles
 * 128x256, 128x128, 64x128, 64x64 in either orientation and split-k 1, 2, 4, 8, each
 * {@code max(waves * SM * bm * bn * 2 * (k/split + k0) / (eff * r * peak), bytes / (effbw * BW))}.
 * Reusable and thread-confined.
 *
 * @since 0.1
 */
@Incubating
public final class GemmCost {
    private static final int[] TILE_M = {128, 256, 128, 64, 128, 64};
    private static final int[] TILE_N = {256, 128, 128, 128, 64, 64};
    private static final int[] TILE_RATIO = {0, 0, 1, 2, 2, 3};
    private static final double SPLIT_SECONDS = 1e-6;
    private static final double MISALIGNED_8 = 1.4;

    private static final int CACHE = 1024;

    /** Exact, since tiles are powers of two. */
    private static final double[] PER_TILE_M = inverse(TILE_M);

    private static final double[] PER_TILE_N = inverse(TILE_N);

    /** Keeps a whole number of waves from rounding up to one more. */
    private static final double ROUNDING = 1 - 1e-12;

    private final double[] ratio = new double[4];
    private final double[] cached = new double[5 * CACHE];
    private final double[] waveSeconds = new double[TILE_M.length];
    private double processors;
    private double perProcessor;
    private double bandwidth;
    private double fill;
    private double operandBytes;
    private double floor;
    private double misaligned64;
    private double alignment;

    /** A cost that must be set before use. */
    public GemmCost() {}

    private static double[] inverse(int[] sizes) {
        return Arrays.stream(sizes).mapToDouble(s -> 1.0 / s).toArray();
    }

    /**
     * Chooses device and curve.
     *
     * @param curve the curve; its {@code sustained} is not applied, since a product alone runs at full clock
     * @param peak dense peak of the precision, operations per second
     * @param memoryBandwidth peak rate of the memory, bytes per second
     * @param multiprocessors multiprocessors of the device
     * @param bytes size of an operand's element
     * @param factor factor on the rate, for example what a whole step sustains
     */
    public void set(
            GemmCurve curve, double peak, double memoryBandwidth, int multiprocessors, double bytes, double factor) {
        ratio[0] = 1;
        ratio[1] = curve.tileRatio1();
        ratio[2] = curve.tileRatio1() * curve.tileRatio2();
        ratio[3] = curve.tileRatio1() * curve.tileRatio2() * curve.tileRatio2();
        processors = multiprocessors;
        double rate = curve.efficiency() * factor * peak;
        perProcessor = ROUNDING / processors;
        for (int tile = 0; tile < TILE_M.length; tile++) {
            double area = (double) TILE_M[tile] * TILE_N[tile];
            waveSeconds[tile] = processors * area * 2 / (rate * ratio[TILE_RATIO[tile]]);
        }
        bandwidth = curve.memoryEfficiency() * memoryBandwidth;
        fill = curve.fillK();
        operandBytes = bytes;
        floor = curve.floorMicros() * 1e-6;
        misaligned64 = curve.misaligned64();
        alignment = bytes < 2 ? 16 : 8;
        Arrays.fill(cached, -1);
    }

    /**
     * Time of products of one shape. Results are kept: the equal layers of a model ask for the same few shapes again and
     * again.
     *
     * @param m rows
     * @param n columns
     * @param k reduction length
     * @param count products in one kernel
     * @return seconds
     */
    public double seconds(double m, double n, double k, double count) {
        long mixed = Double.doubleToRawLongBits(m) * 31 + Double.doubleToRawLongBits(n);
        mixed = (mixed * 31 + Double.doubleToRawLongBits(k)) * 31 + Double.doubleToRawLongBits(count);
        mixed *= 0x9E3779B97F4A7C15L;
        int slot = 5 * (int) (mixed >>> 54);
        if (cached[slot] == m && cached[slot + 1] == n && cached[slot + 2] == k && cached[slot + 3] == count) {
            return cached[slot + 4];
        }
        double t = compute(m, n, k, count);
        cached[slot] = m;
        cached[slot + 1] = n;
        cached[slot + 2] = k;
        cached[slot + 3] = count;
        cached[slot + 4] = t;
        return t;
    }

    private double compute(double m, double n, double k, double count) {
        double bytes = count * (operandBytes * (m * k + k * n) + 2 * m * n);
        double memory = bytes / bandwidth;
        double best = Double.POSITIVE_INFINITY;
        for (int tile = 0; tile < TILE_M.length; tile++) {
            double tiles = Math.ceil(m * PER_TILE_M[tile]) * Math.ceil(n * PER_TILE_N[tile]) * count;
            double share = 1;
            for (int split = 1; split <= 8; split *= 2) {
                double waves = Math.ceil(tiles * split * perProcessor);
                double t = Math.max(waves * waveSeconds[tile] * (k * share + fill), memory)
                        + (split > 1 ? SPLIT_SECONDS : 0);
                best = Math.min(best, t);
                if (tiles * split > 8 * processors) {
                    break;
                }
                share /= 2;
            }
        }
        return Math.max(floor, best * misalignment(m, n, k));
    }

    private double misalignment(double m, double n, double k) {
        if (n % alignment != 0 || k % alignment != 0 || (m % alignment != 0 && m == Math.rint(m))) {
            return MISALIGNED_8;
        }
        return n % 64 != 0 || k % 64 != 0 ? misaligned64 : 1;
    }
}
