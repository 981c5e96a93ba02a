package dev.kneepoint.backend.cpu;

/** Inner loops of single precision that depend on how vectors are made. Arrays are row-major; stateless. */
interface MatrixKernel {
    /** How it makes vectors, for the origin of figures. */
    String label();

    /** Adds {@code a (rows x inner) * b (inner x columns)} to {@code c}; the offsets are those of the first elements. */
    void multiplyAdd(
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
            int inner);

    /** Inner product of two rows. */
    float dot(float[] a, int aAt, float[] b, int bAt, int length);

    /** Adds {@code factor * x} to {@code y}. */
    void axpy(float factor, float[] x, int xAt, float[] y, int yAt, int length);

    /** Adds {@code x} to {@code y}. */
    void add(float[] x, int xAt, float[] y, int yAt, int length);
}
