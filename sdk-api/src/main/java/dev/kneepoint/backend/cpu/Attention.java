package dev.kneepoint.backend.cpu;

import dev.kneepoint.spi.AttentionShape;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * Causal attention without the matrix of scores: tiles of keys with a running maximum and sum (FlashAttention, arXiv
 * 2205.14135). The gradient computes the scores of a row again. Reusable and thread-confined.
 */
final class Attention {
    private static final int TILE = 64;

    private final MatrixKernel kernel;
    private final float[] tile = new float[TILE];
    private float[] probability = {};
    private float[] upstream = {};

    Attention(MatrixKernel kernel) {
        this.kernel = kernel;
    }

    /** Sets {@code out}; asks {@code stop} before every row. */
    void forward(AttentionShape s, float[] q, float[] k, float[] v, float[] out, BooleanSupplier stop) {
        float scale = (float) (1 / Math.sqrt(s.headSize()));
        for (int i = 0; i < s.sequences() * s.heads() && !stop.getAsBoolean(); i++) {
            int keysAt = keysAt(s, i);
            for (int query = 0; query < s.queries() && !stop.getAsBoolean(); query++) {
                row(s, query, scale, q, k, v, out, (i * s.queries() + query) * s.headSize(), keysAt);
            }
        }
    }

    private static int keysAt(AttentionShape s, int sequenceHead) {
        int sequence = sequenceHead / s.heads();
        int head = sequenceHead % s.heads() / (s.heads() / s.keyValueHeads());
        return (sequence * s.keyValueHeads() + head) * s.keys() * s.headSize();
    }

    private void row(
            AttentionShape s,
            int query,
            float scale,
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            int at,
            int keysAt) {
        int d = s.headSize();
        Arrays.fill(out, at, at + d, 0);
        float most = Float.NEGATIVE_INFINITY;
        float sum = 0;
        int end = s.position(query) + 1;
        for (int from = s.firstKey(query); from < end; from += TILE) {
            int n = Math.min(TILE, end - from);
            float before = most;
            for (int j = 0; j < n; j++) {
                tile[j] = scale * kernel.dot(q, at, k, keysAt + (from + j) * d, d);
                most = Math.max(most, tile[j]);
            }
            float shrink = (float) Math.exp(before - most);
            sum *= shrink;
            for (int j = 0; j < d; j++) {
                out[at + j] *= shrink;
            }
            for (int j = 0; j < n; j++) {
                float p = (float) Math.exp(tile[j] - most);
                sum += p;
                kernel.axpy(p, v, keysAt + (from + j) * d, out, at, d);
            }
        }
        for (int j = 0; j < d; j++) {
            out[at + j] /= sum;
        }
    }

    /** Sets the gradients of queries, keys and values; asks {@code stop} before every row. */
    void backward(
            AttentionShape s,
            float[] q,
            float[] k,
            float[] v,
            float[] outGradient,
            float[] qGradient,
            float[] kGradient,
            float[] vGradient,
            BooleanSupplier stop) {
        float scale = (float) (1 / Math.sqrt(s.headSize()));
        if (probability.length < s.keys()) {
            probability = new float[s.keys()];
            upstream = new float[s.keys()];
        }
        Arrays.fill(qGradient, 0, s.queryElements(), 0);
        Arrays.fill(kGradient, 0, s.keyElements(), 0);
        Arrays.fill(vGradient, 0, s.keyElements(), 0);
        for (int i = 0; i < s.sequences() * s.heads() && !stop.getAsBoolean(); i++) {
            int keysAt = keysAt(s, i);
            for (int query = 0; query < s.queries() && !stop.getAsBoolean(); query++) {
                int at = (i * s.queries() + query) * s.headSize();
                float mean = scores(s, query, scale, q, k, v, outGradient, at, keysAt);
                spread(s, query, scale, mean, q, k, outGradient, qGradient, kGradient, vGradient, at, keysAt);
            }
        }
    }

    /** Probabilities of a row, their gradients, and the mean of those under the probabilities. */
    private float scores(
            AttentionShape s, int query, float scale, float[] q, float[] k, float[] v, float[] go, int at, int keysAt) {
        int d = s.headSize();
        int from = s.firstKey(query);
        int n = s.position(query) + 1 - from;
        float most = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < n; j++) {
            probability[j] = scale * kernel.dot(q, at, k, keysAt + (from + j) * d, d);
            upstream[j] = kernel.dot(go, at, v, keysAt + (from + j) * d, d);
            most = Math.max(most, probability[j]);
        }
        float sum = 0;
        for (int j = 0; j < n; j++) {
            probability[j] = (float) Math.exp(probability[j] - most);
            sum += probability[j];
        }
        float mean = 0;
        for (int j = 0; j < n; j++) {
            probability[j] /= sum;
            mean += probability[j] * upstream[j];
        }
        return mean;
    }

    private void spread(
            AttentionShape s,
            int query,
            float scale,
            float mean,
            float[] q,
            float[] k,
            float[] go,
            float[] gq,
            float[] gk,
            float[] gv,
            int at,
            int keysAt) {
        int d = s.headSize();
        int from = s.firstKey(query);
        int n = s.position(query) + 1 - from;
        for (int j = 0; j < n; j++) {
            int key = keysAt + (from + j) * d;
            float g = scale * probability[j] * (upstream[j] - mean);
            kernel.axpy(g, k, key, gq, at, d);
            kernel.axpy(g, q, at, gk, key, d);
            kernel.axpy(probability[j], go, at, gv, key, d);
        }
    }
}
