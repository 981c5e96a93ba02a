package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.CollectiveKind;

/**
 * The arithmetic of a backend on data of the caller, op by op, so that it can be checked against a reference. Matrices
 * are row-major, values single precision; arguments are never changed, results are new arrays. Every method throws
 * {@link IllegalArgumentException} if lengths do not fit each other, and {@link BackendException} if the device fails.
 */
@Incubating
public interface Numerics {
    /**
     * Matrix product.
     *
     * @param a {@code rows x inner}
     * @param b {@code inner x columns}
     * @param rows at least 1
     * @param columns at least 1
     * @param inner at least 1
     * @return {@code rows x columns}
     */
    float[] matmul(float[] a, float[] b, int rows, int columns, int inner);

    /**
     * Causal attention with scores divided by the root of the head size.
     *
     * @param shape sizes
     * @param queries queries
     * @param keys keys
     * @param values values
     * @return outputs, sized as the queries
     */
    float[] attention(AttentionShape shape, float[] queries, float[] keys, float[] values);

    /**
     * Gradients of {@link #attention}.
     *
     * @param shape sizes
     * @param queries queries
     * @param keys keys
     * @param values values
     * @param outputGradient gradient of the outputs
     * @return gradients of queries, keys and values
     */
    float[][] attentionGradient(
            AttentionShape shape, float[] queries, float[] keys, float[] values, float[] outputGradient);

    /**
     * RMS norm of every row: {@code weight * x / sqrt(mean(x^2) + 1e-5)}.
     *
     * @param x rows of {@code weight.length}
     * @param weight one per column
     * @return sized as x
     */
    float[] norm(float[] x, float[] weight);

    /**
     * Gated activation {@code gate * sigmoid(gate) * up} (SwiGLU, arXiv 2002.05202).
     *
     * @param gate gates
     * @param up values, as many
     * @return as many
     */
    float[] activation(float[] gate, float[] up);

    /**
     * Rotary position embedding with base 10,000: neighbouring elements are turned by {@code position *
     * 10000^(-2i/headSize)} (arXiv 2104.09864).
     *
     * @param x rows of {@code headSize}; row r stands at position {@code r % length}
     * @param length tokens of a sequence
     * @param headSize even
     * @return sized as x
     */
    float[] rotary(float[] x, int length, int headSize);

    /**
     * Softmax of every row.
     *
     * @param x rows
     * @param width columns
     * @return sized as x
     */
    float[] softmax(float[] x, int width);

    /**
     * Gradient of the mean cross-entropy of every row with respect to the logits: {@code (softmax - one-hot) / rows}.
     *
     * @param logits rows
     * @param targets the right column of each row
     * @param width columns
     * @return sized as the logits
     */
    float[] lossGradient(float[] logits, int[] targets, int width);

    /**
     * Rows of a table: embedding look-up, and the permutation of tokens over experts.
     *
     * @param table rows
     * @param rows which
     * @param width columns
     * @return {@code rows.length x width}
     */
    float[] gatherRows(float[] table, int[] rows, int width);

    /**
     * What is left of values stored in FP8 E4M3 (arXiv 2209.05433) with one scale for all, {@code max|x| / 448}: rounded
     * to nearest, ties to even.
     *
     * @param x values
     * @return as many, back in single precision
     */
    float[] quantise(float[] x);

    /**
     * AdamW (arXiv 1711.05101) with beta 0.9 and 0.95, epsilon 1e-8, learning rate 1e-3 and weight decay 0.1.
     *
     * @param parameters parameters
     * @param gradients as many
     * @param first first moments
     * @param second second moments
     * @param step step number, from 1
     * @return new parameters, first and second moments
     */
    float[][] adamw(float[] parameters, float[] gradients, float[] first, float[] second, int step);

    /**
     * One collective over as many ranks as there are inputs. All-reduce: sum of all; all-gather: inputs of all in rank
     * order; reduce-scatter: rank i gets the i-th part of the sum; all-to-all: rank i gets the i-th part of every input
     * in rank order; broadcast: rank 0's. Part i of {@code length} elements over n ranks begins at {@code length * i /
     * n}, rounded down. Sums have the same bits on every rank.
     *
     * @param kind the collective
     * @param inputs one per rank; equally long but for all-gather, where they are the parts of a whole
     * @return one per rank
     */
    float[][] collective(CollectiveKind kind, float[][] inputs);

    /**
     * A message between pipeline stages.
     *
     * @param message what rank 0 sends
     * @return what rank 1 receives
     */
    float[] sendReceive(float[] message);
}
