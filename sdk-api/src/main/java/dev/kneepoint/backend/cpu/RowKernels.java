package dev.kneepoint.backend.cpu;

/** Memory-bound kernels over rows of single-precision arrays that begin at element 0. Stateless. */
final class RowKernels {
    /** Largest finite value of FP8 E4M3 (arXiv 2209.05433). */
    private static final float FP8_MOST = 448;

    private static final int FP8_MANTISSA = 3;
    private static final int FP8_LEAST_EXPONENT = -6;
    private static final double NORM_EPSILON = 1e-5;
    private static final double ROTARY_BASE = 10_000;

    private RowKernels() {}

    static void norm(float[] x, float[] weight, int weightAt, float[] out, int rows, int width) {
        for (int r = 0; r < rows; r++) {
            int at = r * width;
            float s0 = 0;
            float s1 = 0;
            int i = 0;
            for (; i + 2 <= width; i += 2) {
                s0 += x[at + i] * x[at + i];
                s1 += x[at + i + 1] * x[at + i + 1];
            }
            for (; i < width; i++) {
                s0 += x[at + i] * x[at + i];
            }
            float inverse = (float) (1 / Math.sqrt((s0 + s1) / width + NORM_EPSILON));
            for (i = 0; i < width; i++) {
                out[at + i] = weight[weightAt + i] * (x[at + i] * inverse);
            }
        }
    }

    /** SwiGLU of gates and values that lie in two arrays or in two places of one. */
    static void activation(float[] gate, int gateAt, float[] up, int upAt, float[] out, int length) {
        for (int i = 0; i < length; i++) {
            float g = gate[gateAt + i];
            out[i] = (float) (g / (1 + Math.exp(-g))) * up[upAt + i];
        }
    }

    /** The turn of a pair is the same for all heads at a position, so it is computed once per row of a head. */
    static void rotary(float[] x, float[] out, int rows, int length, int headSize) {
        int half = headSize / 2;
        for (int i = 0; i < half; i++) {
            double frequency = Math.pow(ROTARY_BASE, -2.0 * i / headSize);
            for (int position = 0; position < Math.min(length, rows); position++) {
                float cosine = (float) Math.cos(position * frequency);
                float sine = (float) Math.sin(position * frequency);
                for (int r = position; r < rows; r += length) {
                    int at = r * headSize + 2 * i;
                    float even = x[at];
                    float odd = x[at + 1];
                    out[at] = even * cosine - odd * sine;
                    out[at + 1] = even * sine + odd * cosine;
                }
            }
        }
    }

    static void softmax(float[] x, float[] out, int rows, int width) {
        for (int r = 0; r < rows; r++) {
            int at = r * width;
            float most = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < width; i++) {
                most = Math.max(most, x[at + i]);
            }
            float sum = 0;
            for (int i = 0; i < width; i++) {
                float e = (float) Math.exp(x[at + i] - most);
                out[at + i] = e;
                sum += e;
            }
            for (int i = 0; i < width; i++) {
                out[at + i] /= sum;
            }
        }
    }

    static void lossGradient(float[] logits, int[] targets, float[] out, int rows, int width) {
        softmax(logits, out, rows, width);
        for (int r = 0; r < rows; r++) {
            out[r * width + targets[r]] -= 1;
        }
        for (int i = 0; i < rows * width; i++) {
            out[i] /= rows;
        }
    }

    static void gatherRows(float[] table, int[] rows, float[] out, int count, int width) {
        for (int r = 0; r < count; r++) {
            System.arraycopy(table, rows[r] * width, out, r * width, width);
        }
    }

    static void quantise(float[] x, float[] out, int length) {
        float most = 0;
        for (int i = 0; i < length; i++) {
            most = Math.max(most, Math.abs(x[i]));
        }
        if (most == 0) {
            System.arraycopy(x, 0, out, 0, length);
            return;
        }
        float scale = most / FP8_MOST;
        for (int i = 0; i < length; i++) {
            out[i] = fp8(x[i] / scale) * scale;
        }
    }

    /** Nearest E4M3 value; the scale keeps values within its range. */
    private static float fp8(float x) {
        int exponent = Math.max(Math.getExponent(x), FP8_LEAST_EXPONENT);
        return Math.scalb((float) Math.rint(Math.scalb((double) x, FP8_MANTISSA - exponent)), exponent - FP8_MANTISSA);
    }

    /** Updates parameters and moments from {@code at} to {@code end} with the gradients from {@code at - shift} on. */
    static void adamw(float[] p, float[] g, float[] first, float[] second, int at, int end, int shift, int step) {
        float firstScale = (float) (1 / (1 - Math.pow(0.9, step)));
        float secondScale = (float) (1 / (1 - Math.pow(0.95, step)));
        if (shift == 0) {
            // The compiler makes vector code of this only while all arrays share one index.
            for (int i = at; i < end; i++) {
                float gradient = g[i];
                float m = 0.9f * first[i] + 0.1f * gradient;
                float v = 0.95f * second[i] + 0.05f * gradient * gradient;
                first[i] = m;
                second[i] = v;
                p[i] -= 1e-3f * (m * firstScale / ((float) Math.sqrt(v * secondScale) + 1e-8f) + 0.1f * p[i]);
            }
            return;
        }
        for (int i = at; i < end; i++) {
            float gradient = g[i - shift];
            float m = 0.9f * first[i] + 0.1f * gradient;
            float v = 0.95f * second[i] + 0.05f * gradient * gradient;
            first[i] = m;
            second[i] = v;
            p[i] -= 1e-3f * (m * firstScale / ((float) Math.sqrt(v * secondScale) + 1e-8f) + 0.1f * p[i]);
        }
    }

    /** First NaN counted from {@code at}, or -1. The maximum over bit patterns is what the compiler turns into vector code. */
    static int firstNaN(float[] x, int at, int length) {
        int most = 0;
        for (int i = at; i < at + length; i++) {
            most = Math.max(most, Float.floatToRawIntBits(x[i]) & 0x7fffffff);
        }
        if (most <= 0x7f800000) {
            return -1;
        }
        for (int i = 0; i < length; i++) {
            if (Float.isNaN(x[at + i])) {
                return i;
            }
        }
        return -1;
    }
}
