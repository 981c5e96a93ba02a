package dev.kneepoint.samples.training;

/** The three matrix products of a linear layer, row-major, each added to what stands in {@code out}. */
final class Products {
    private Products() {}

    /** Forward: {@code out += a b}, {@code a} of {@code rows x inner}, {@code b} of {@code inner x columns}. */
    static void add(float[] a, float[] b, float[] out, int rows, int inner, int columns) {
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < inner; k++) {
                addScaledRow(a[i * inner + k], b, k * columns, out, i * columns, columns);
            }
        }
    }

    /** Gradient of the input: {@code out += a b'}, {@code a} of {@code rows x inner}, {@code b} of {@code columns x inner}. */
    static void addWithTransposed(float[] a, float[] b, float[] out, int rows, int inner, int columns) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                float sum = 0;
                for (int k = 0; k < inner; k++) {
                    sum += a[i * inner + k] * b[j * inner + k];
                }
                out[i * columns + j] += sum;
            }
        }
    }

    /** Gradient of the weights: {@code out += scale a' b}, {@code a} of {@code inner x rows}, {@code b} of {@code inner x columns}. */
    static void addOfTransposed(float scale, float[] a, float[] b, float[] out, int rows, int inner, int columns) {
        for (int k = 0; k < inner; k++) {
            for (int i = 0; i < rows; i++) {
                addScaledRow(scale * a[k * rows + i], b, k * columns, out, i * columns, columns);
            }
        }
    }

    private static void addScaledRow(float scale, float[] from, int fromStart, float[] to, int toStart, int columns) {
        for (int j = 0; j < columns; j++) {
            to[toStart + j] += scale * from[fromStart + j];
        }
    }
}
