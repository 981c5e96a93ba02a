package dev.kneepoint.spi;

import java.util.Random;

/** What ranks send to a reduction, and what it makes of it. Each rank sends the same values, moved by a shift. Immutable. */
final class ReducedValues {
    /** Bits of the mantissa of single precision, in which doubles are compared too; the leading one included. */
    private static final int SINGLE_BITS = 24;

    private final ReductionOp op;
    private final int ranks;
    private final int shift;
    private final int largest;
    private final float[] values;
    private final float[] results;
    /** With more, nothing at all would pass for a result. */
    private static final double LOOSEST = 0.5;

    private final double tolerance;

    ReducedValues(TransferCall call, int period, int shift, long seed) {
        this.op = call.reduction();
        this.ranks = call.ranks();
        this.shift = shift;
        this.largest = largest(call.type());
        this.values = new float[period];
        this.results = new float[period];
        Random random = new Random(seed);
        for (int i = 0; i < period; i++) {
            values[i] = value(random);
        }
        for (int i = 0; i < period; i++) {
            shrink(i);
        }
        for (int i = 0; i < period; i++) {
            results[i] = result(i, call.type());
        }
        this.tolerance = op == ReductionOp.AVG ? Math.min(LOOSEST, (ranks + 1) * rounding(call.type())) : 0;
    }

    /** Whole numbers up to this one are exact in a type. */
    static int largest(ElementType type) {
        return switch (type) {
            case F8E5M2 -> 8;
            case F8E4M3 -> 16;
            case INT8, UINT8 -> 127;
            case FLOAT, HALF, BFLOAT16, DOUBLE, INT32, UINT32, INT64, UINT64 -> 256;
        };
    }

    /** What one rounding to a type changes at most, relative to the value. */
    private static double rounding(ElementType type) {
        return switch (type) {
            case FLOAT, DOUBLE -> Math.scalb(1.0, -SINGLE_BITS);
            case HALF -> 0x1p-11;
            case BFLOAT16 -> 0x1p-8;
            case F8E4M3 -> 0x1p-4;
            case F8E5M2 -> 0x1p-3;
            case INT8, UINT8, INT32, UINT32, INT64, UINT64 -> 0;
        };
    }

    private float value(Random random) {
        return switch (op) {
            case MIN, MAX -> random.nextInt(largest + 1);
            // Of more summands than the largest, so many are 0 that sums stay far below it.
            case SUM, AVG ->
                ranks <= largest
                        ? random.nextInt(largest / ranks + 1)
                        : random.nextDouble() < largest / 2.0 / ranks ? 1 : 0;
            // Half as many twos as the largest is a product of.
            case PROD -> random.nextDouble() < Math.min(0.5, Math.getExponent((float) largest) / 2.0 / ranks) ? 2 : 1;
        };
    }

    /** Where the next rank has what a rank has here. */
    private int next(int at) {
        return at + shift < values.length ? at + shift : at + shift - values.length;
    }

    /** Takes summands or factors away where all together would be too large; others only get smaller by it. */
    private void shrink(int position) {
        if (op == ReductionOp.MIN || op == ReductionOp.MAX) {
            return;
        }
        float neutral = op == ReductionOp.PROD ? 1 : 0;
        double all = neutral;
        int at = position;
        for (int rank = 0; rank < ranks; rank++) {
            double more = combine(all, values[at]);
            if (more > largest) {
                values[at] = neutral;
            } else {
                all = more;
            }
            at = next(at);
        }
    }

    private double combine(double all, double one) {
        return switch (op) {
            case SUM, AVG -> all + one;
            case PROD -> all * one;
            case MIN -> Math.min(all, one);
            case MAX -> Math.max(all, one);
        };
    }

    private float result(int position, ElementType type) {
        double all = values[position];
        int at = position;
        for (int rank = 1; rank < ranks; rank++) {
            at = next(at);
            all = combine(all, values[at]);
        }
        if (op != ReductionOp.AVG) {
            return (float) all;
        }
        return (float) (rounding(type) == 0 ? Math.floor(all / ranks) : all / ranks);
    }

    /** What rank 0 sends. */
    float[] values() {
        return values;
    }

    /** What everybody must receive. */
    float[] results() {
        return results;
    }

    /** What results may differ by, relative to them. */
    double tolerance() {
        return tolerance;
    }
}
