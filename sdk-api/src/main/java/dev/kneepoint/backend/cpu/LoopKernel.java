package dev.kneepoint.backend.cpu;

/** Loops in the shape that the JIT compiler turns into vector instructions. */
final class LoopKernel implements MatrixKernel {
    @Override
    public String label() {
        return "loops";
    }

    /** Two rows of a and four of b at a time: eight products for each element of c that is loaded and stored. */
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
        for (; i + 2 <= rows; i += 2) {
            int from = aAt + i * aStride;
            int to = cAt + i * cStride;
            int k = 0;
            for (; k + 4 <= inner; k += 4) {
                eight(a, from + k, aStride, b, bAt + k * bStride, bStride, c, to, cStride, columns);
            }
            for (; k < inner; k++) {
                axpy(a[from + k], b, bAt + k * bStride, c, to, columns);
                axpy(a[from + aStride + k], b, bAt + k * bStride, c, to + cStride, columns);
            }
        }
        for (int k = 0; k < inner && i < rows; k++) {
            axpy(a[aAt + i * aStride + k], b, bAt + k * bStride, c, cAt + i * cStride, columns);
        }
    }

    private static void eight(
            float[] a,
            int aAt,
            int aStride,
            float[] b,
            int bAt,
            int bStride,
            float[] c,
            int cAt,
            int cStride,
            int columns) {
        float a0 = a[aAt];
        float a1 = a[aAt + 1];
        float a2 = a[aAt + 2];
        float a3 = a[aAt + 3];
        float d0 = a[aAt + aStride];
        float d1 = a[aAt + aStride + 1];
        float d2 = a[aAt + aStride + 2];
        float d3 = a[aAt + aStride + 3];
        int b1 = bAt + bStride;
        int b2 = b1 + bStride;
        int b3 = b2 + bStride;
        int c1 = cAt + cStride;
        for (int j = 0; j < columns; j++) {
            float x0 = b[bAt + j];
            float x1 = b[b1 + j];
            float x2 = b[b2 + j];
            float x3 = b[b3 + j];
            c[cAt + j] += a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3;
            c[c1 + j] += d0 * x0 + d1 * x1 + d2 * x2 + d3 * x3;
        }
    }

    /** Four sums, because the compiler may not reorder a single one. */
    @Override
    public float dot(float[] a, int aAt, float[] b, int bAt, int length) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 4 <= length; i += 4) {
            s0 += a[aAt + i] * b[bAt + i];
            s1 += a[aAt + i + 1] * b[bAt + i + 1];
            s2 += a[aAt + i + 2] * b[bAt + i + 2];
            s3 += a[aAt + i + 3] * b[bAt + i + 3];
        }
        for (; i < length; i++) {
            s0 += a[aAt + i] * b[bAt + i];
        }
        return s0 + s1 + (s2 + s3);
    }

    @Override
    public void axpy(float factor, float[] x, int xAt, float[] y, int yAt, int length) {
        for (int i = 0; i < length; i++) {
            y[yAt + i] += factor * x[xAt + i];
        }
    }

    @Override
    public void add(float[] x, int xAt, float[] y, int yAt, int length) {
        for (int i = 0; i < length; i++) {
            y[yAt + i] += x[xAt + i];
        }
    }
}
