package dev.kneepoint.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Loops on {@code jdk.incubator.vector}; loaded only when the host adds that module. */
final class VectorKernel implements MatrixKernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int TILE_ROWS = 4;

    @Override
    public String label() {
        return "vector-" + LANES * Float.SIZE;
    }

    /** Tiles of four rows and two vectors: the accumulators stay in registers over the whole inner length. */
    @Override
    public void multiplyAdd(
            float[] a,
            int aAt,
            int aStride,
            float[] b,
            int bAt,
            int bStride,
            float[] c,
            int cAt,
            int cStride,
            int rows,
            int columns,
            int inner) {
        int i = 0;
        for (; i + TILE_ROWS <= rows; i += TILE_ROWS) {
            int j = 0;
            for (; j + 2 * LANES <= columns; j += 2 * LANES) {
                tile(a, aAt + i * aStride, aStride, b, bAt + j, bStride, c, cAt + i * cStride + j, cStride, inner);
            }
            for (int r = i; r < i + TILE_ROWS && j < columns; r++) {
                row(a, aAt + r * aStride, b, bAt + j, bStride, c, cAt + r * cStride + j, columns - j, inner);
            }
        }
        for (; i < rows; i++) {
            row(a, aAt + i * aStride, b, bAt, bStride, c, cAt + i * cStride, columns, inner);
        }
    }

    private static void tile(
            float[] a,
            int aAt,
            int aStride,
            float[] b,
            int bAt,
            int bStride,
            float[] c,
            int cAt,
            int cStride,
            int inner) {
        FloatVector c00 = FloatVector.fromArray(SPECIES, c, cAt);
        FloatVector c01 = FloatVector.fromArray(SPECIES, c, cAt + LANES);
        FloatVector c10 = FloatVector.fromArray(SPECIES, c, cAt + cStride);
        FloatVector c11 = FloatVector.fromArray(SPECIES, c, cAt + cStride + LANES);
        FloatVector c20 = FloatVector.fromArray(SPECIES, c, cAt + 2 * cStride);
        FloatVector c21 = FloatVector.fromArray(SPECIES, c, cAt + 2 * cStride + LANES);
        FloatVector c30 = FloatVector.fromArray(SPECIES, c, cAt + 3 * cStride);
        FloatVector c31 = FloatVector.fromArray(SPECIES, c, cAt + 3 * cStride + LANES);
        int from = bAt;
        for (int k = 0; k < inner; k++, from += bStride) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, b, from);
            FloatVector b1 = FloatVector.fromArray(SPECIES, b, from + LANES);
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[aAt + k]);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[aAt + aStride + k]);
            FloatVector a2 = FloatVector.broadcast(SPECIES, a[aAt + 2 * aStride + k]);
            FloatVector a3 = FloatVector.broadcast(SPECIES, a[aAt + 3 * aStride + k]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + LANES);
        c10.intoArray(c, cAt + cStride);
        c11.intoArray(c, cAt + cStride + LANES);
        c20.intoArray(c, cAt + 2 * cStride);
        c21.intoArray(c, cAt + 2 * cStride + LANES);
        c30.intoArray(c, cAt + 3 * cStride);
        c31.intoArray(c, cAt + 3 * cStride + LANES);
    }

    private static void row(
            float[] a, int aAt, float[] b, int bAt, int bStride, float[] c, int cAt, int columns, int inner) {
        for (int k = 0; k < inner; k++) {
            scaled(a[aAt + k], b, bAt + k * bStride, c, cAt, columns);
        }
    }

    private static void scaled(float factor, float[] x, int xAt, float[] y, int yAt, int length) {
        FloatVector f = FloatVector.broadcast(SPECIES, factor);
        int i = 0;
        for (; i + LANES <= length; i += LANES) {
            FloatVector.fromArray(SPECIES, x, xAt + i)
                    .fma(f, FloatVector.fromArray(SPECIES, y, yAt + i))
                    .intoArray(y, yAt + i);
        }
        for (; i < length; i++) {
            y[yAt + i] += factor * x[xAt + i];
        }
    }

    @Override
    public float dot(float[] a, int aAt, float[] b, int bAt, int length) {
        FloatVector sum = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i + LANES <= length; i += LANES) {
            sum = FloatVector.fromArray(SPECIES, a, aAt + i).fma(FloatVector.fromArray(SPECIES, b, bAt + i), sum);
        }
        float total = sum.reduceLanes(VectorOperators.ADD);
        for (; i < length; i++) {
            total += a[aAt + i] * b[bAt + i];
        }
        return total;
    }

    @Override
    public void axpy(float factor, float[] x, int xAt, float[] y, int yAt, int length) {
        scaled(factor, x, xAt, y, yAt, length);
    }

    @Override
    public void add(float[] x, int xAt, float[] y, int yAt, int length) {
        int i = 0;
        for (; i + LANES <= length; i += LANES) {
            FloatVector.fromArray(SPECIES, y, yAt + i)
                    .add(FloatVector.fromArray(SPECIES, x, xAt + i))
                    .intoArray(y, yAt + i);
        }
        for (; i < length; i++) {
            y[yAt + i] += x[xAt + i];
        }
    }
}
