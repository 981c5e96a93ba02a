package dev.kneepoint.backend.host;

import dev.kneepoint.spi.AttentionShape;

/** Refuses arrays that {@link dev.kneepoint.spi.Numerics} does not compute on, in the same words on every backend. */
public final class NumericsArguments {
    private NumericsArguments() {}

    /**
     * An array's length.
     *
     * @param what its name
     * @param length what it is
     * @param expected what it must be
     * @throws IllegalArgumentException if it is another
     */
    public static void need(String what, int length, long expected) {
        if (length != expected) {
            throw new IllegalArgumentException(what + " has " + length + " elements; it must have " + expected);
        }
    }

    /**
     * Rows of an array.
     *
     * @param what its name
     * @param length elements
     * @param width elements of a row
     * @return at least 1
     * @throws IllegalArgumentException if it has no rows, or a part of one
     */
    public static int rows(String what, int length, int width) {
        if (width < 1 || length == 0 || length % width != 0) {
            throw new IllegalArgumentException(
                    what + " has " + length + " elements, which are no whole rows of " + width);
        }
        return length / width;
    }

    /**
     * Indices.
     *
     * @param what their name
     * @param indices from 0
     * @param limit what they must stay below
     * @throws IllegalArgumentException if one does not
     */
    public static void inside(String what, int[] indices, int limit) {
        for (int i : indices) {
            if (i < 0 || i >= limit) {
                throw new IllegalArgumentException(what + " contain " + i + "; they must lie in 0 to " + (limit - 1));
            }
        }
    }

    /**
     * What attention reads.
     *
     * @param shape of the attention
     * @param queries queries
     * @param keys keys
     * @param values values
     * @throws IllegalArgumentException if one has another length
     */
    public static void attention(AttentionShape shape, float[] queries, float[] keys, float[] values) {
        need("queries", queries.length, shape.queryElements());
        need("keys", keys.length, shape.keyElements());
        need("values", values.length, shape.keyElements());
    }

    /**
     * What a rotary embedding turns.
     *
     * @param x elements
     * @param length rows of a sequence
     * @param headSize elements of a row
     * @return rows, at least 1
     * @throws IllegalArgumentException if there are no whole rows, or no pairs in one
     */
    public static int rotary(float[] x, int length, int headSize) {
        int rows = rows("x", x.length, headSize);
        if (headSize % 2 != 0 || length < 1) {
            throw new IllegalArgumentException(
                    "headSize " + headSize + " must be even and length " + length + " at least 1");
        }
        return rows;
    }

    /**
     * What AdamW updates.
     *
     * @param parameters parameters
     * @param gradients gradients
     * @param first moments
     * @param second moments
     * @param step counted from 1
     * @throws IllegalArgumentException if one has another length than parameters have, or there is no such step
     */
    public static void adamw(float[] parameters, float[] gradients, float[] first, float[] second, int step) {
        need("gradients", gradients.length, parameters.length);
        need("first", first.length, parameters.length);
        need("second", second.length, parameters.length);
        if (step < 1) {
            throw new IllegalArgumentException("step is counted from 1, not " + step);
        }
    }
}
