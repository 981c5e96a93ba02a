package dev.kneepoint.backend.cpu;

/** Loops in the shape that the JIT compiler turns into vector instructions. */
final class LoopKernel implements MatrixKernel {
    @Override
    public String label() {
        return "loops";
    }

    /** Four rows of b at a time: each element of c is then loaded and stored once per four products. */
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
        for (int i = 0; i < rows; i++) {
            int from = aAt + i * aStride;
            int to = cAt + i * cStride;
            int k = 0;
            for (; k + 4 <= inner; k += 4) {
                four(a, from + k, b, bAt + k * bStride, bStride, c, to, columns);
            }
            for (; k < inner; k++) {
                axpy(a[from + k], b, bAt + k * bStride, c, to, columns);
            }
        }
    }

    private static void four(float[] a, int aAt, float[] b, int bAt, int bStride, float[] c, int cAt, int columns) {
        float a0 = a[aAt];
        float a1 = a[aAt + 1];
        float a2 = a[aAt + 2];
        float a3 = a[aAt + 3];
        int b1 = bAt + bStride;
        int b2 = b1 + bStride;
        int b3 = b2 + bStride;
        for (int j = 0; j < columns; j++) {
            c[cAt + j] += a0 * b[bAt + j] + a1 * b[b1 + j] + a2 * b[b2 + j] + a3 * b[b3 + j];
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
