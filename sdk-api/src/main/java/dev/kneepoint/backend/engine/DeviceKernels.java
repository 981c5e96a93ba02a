package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.AttentionShape;
import java.util.Optional;

/**
 * The kernels of one device. Every method only enqueues and never waits for the device; it returns the events of what it
 * enqueued, in order, at least one, which the caller releases. All events come from a queue that was created with
 * profiling, and in order, so that the last one ends the op. {@code waits} hold before the first kernel; an empty array is
 * no wait, and the caller keeps them.
 *
 * <p>Arrays are buffers, row-major; positions and lengths count elements. All arrays of an op have one type unless it says
 * otherwise, which is any that the device's {@link Device#formats} names, or single precision; results are rounded to it.
 * What an op computes is what {@link dev.kneepoint.spi.Numerics} says of it. Inputs and outputs are never the same buffer
 * unless it says so. Elements outside the stated ranges are neither read nor written: buffers are longer than an op needs.
 *
 * <p>Thread-safe: a call sets its arguments and enqueues under a lock of its own, since kernel objects are not
 * thread-safe. A failing call is an exception of the backend without rank and op. An op may run on any queue of the device.
 */
public interface DeviceKernels extends AutoCloseable {
    /** No events to wait for. */
    DeviceEvent[] NOTHING = {};

    /**
     * Where an array begins inside a buffer.
     *
     * @param buffer the buffer
     * @param from elements before it
     */
    record At(DeviceBuffer buffer, long from) {}

    /**
     * An array that begins with its buffer.
     *
     * @param buffer the buffer
     * @return its beginning
     */
    static At whole(DeviceBuffer buffer) {
        return new At(buffer, 0);
    }

    /**
     * {@code count} products of matrices one after the other in each array: {@code c = scale * a * b}.
     *
     * @param rows of {@code a} and {@code c}
     * @param columns of {@code b} and {@code c}
     * @param inner columns of {@code a} and rows of {@code b}
     * @param count products, at least 1
     * @param scale factor of every result
     * @param gradient which operand is one; kernels that do not round operands need not care
     */
    record Product(int rows, int columns, int inner, int count, float scale, Gradient gradient) {
        /** Products of weights and activations. */
        public Product(int rows, int columns, int inner, int count, float scale) {
            this(rows, columns, inner, count, scale, Gradient.NONE);
        }

        /**
         * One product as it is.
         *
         * @param rows of {@code a} and {@code c}
         * @param columns of {@code b} and {@code c}
         * @param inner columns of {@code a} and rows of {@code b}
         * @return the product
         */
        public static Product of(int rows, int columns, int inner) {
            return new Product(rows, columns, inner, 1, 1);
        }

        /**
         * Elements of all {@code a}.
         *
         * @return at most 2^31 - 1
         */
        public int left() {
            return count * rows * inner;
        }

        /**
         * Elements of all {@code b}.
         *
         * @return at most 2^31 - 1
         */
        public int right() {
            return count * inner * columns;
        }

        /**
         * Elements of all {@code c}.
         *
         * @return at most 2^31 - 1
         */
        public int result() {
            return count * rows * columns;
        }
    }

    /**
     * Products of matrices: {@link Product} says of which. {@code a} and {@code b} may have the type of operands where
     * {@code c} has that of arrays.
     */
    DeviceEvent[] matmul(DeviceQueue queue, Product product, At a, At b, At c, DeviceEvent... waits);

    /**
     * Where operands of products are rounded to; each product overwrites those of the one before.
     *
     * @param left of the type of operands, as long as the largest left operand
     * @param right the same for right operands
     * @param scratch at least {@link #roundingScratch} elements of single precision
     */
    record Operands(DeviceBuffer left, DeviceBuffer right, DeviceBuffer scratch) {}

    /**
     * Why operands of a product are multiplied as they are though plan and device would have them rounded, in words that
     * follow a number of products: {@code that nobody has an algorithm for}. The answer for a shape is always the same.
     *
     * @return empty if they are rounded
     */
    default Optional<String> keeps(Product product) {
        return Optional.empty();
    }

    /** Single-precision elements of scratch that {@link #roundedMatmul} needs for any product; at least 1. */
    default long roundingScratch() {
        return 1;
    }

    /**
     * The same as {@link #matmul} of operands that are rounded first, for products that it does not {@link #keeps keep}. How
     * they lie where they are rounded to is the kernels' own matter, and so is what eight bits are scaled by.
     */
    default DeviceEvent[] roundedMatmul(
            DeviceQueue queue, Product product, At a, At b, At c, Operands operands, DeviceEvent... waits) {
        return RoundedProducts.enqueue(this, queue, product, a, b, c, operands, waits);
    }

    /** {@code to[i] = from[i]} from the type of arrays to that of operands, rounded to nearest. */
    DeviceEvent[] convert(DeviceQueue queue, At from, At to, int length, DeviceEvent... waits);

    /**
     * Single-precision elements of scratch that attention needs, forward or backward; at least 1. The engine allocates it
     * once per rank and counts it as memory.
     */
    long attentionScratch(AttentionShape shape, boolean backward);

    /** Attention. {@code keys} and {@code values} hold {@link AttentionShape#keyElements}, the others queryElements. */
    DeviceEvent[] attention(
            DeviceQueue queue,
            AttentionShape shape,
            DeviceBuffer queries,
            DeviceBuffer keys,
            DeviceBuffer values,
            DeviceBuffer output,
            DeviceBuffer scratch,
            DeviceEvent... waits);

    /** Gradients of attention: recomputes what it needs of the forward pass. */
    DeviceEvent[] attentionGradient(
            DeviceQueue queue,
            AttentionShape shape,
            DeviceBuffer queries,
            DeviceBuffer keys,
            DeviceBuffer values,
            DeviceBuffer outputGradient,
            DeviceBuffer queryGradient,
            DeviceBuffer keyGradient,
            DeviceBuffer valueGradient,
            DeviceBuffer scratch,
            DeviceEvent... waits);

    /** RMS norm of {@code rows} rows of {@code width}; {@code weight} has a row. */
    DeviceEvent[] norm(
            DeviceQueue queue,
            DeviceBuffer x,
            DeviceBuffer weight,
            DeviceBuffer out,
            int rows,
            int width,
            DeviceEvent... waits);

    /** Gated activation of {@code length} elements; {@code gate} and {@code up} may overlap in one buffer. */
    DeviceEvent[] activation(DeviceQueue queue, At gate, At up, DeviceBuffer out, int length, DeviceEvent... waits);

    /** Rotary embedding; row r stands at position {@code r % length}. */
    DeviceEvent[] rotary(
            DeviceQueue queue,
            DeviceBuffer x,
            DeviceBuffer out,
            int rows,
            int length,
            int headSize,
            DeviceEvent... waits);

    /** Softmax of {@code rows} rows of {@code width}. */
    DeviceEvent[] softmax(
            DeviceQueue queue, DeviceBuffer x, DeviceBuffer out, int rows, int width, DeviceEvent... waits);

    /** Gradient of the mean cross-entropy; {@code targets} are {@code rows} integers. */
    DeviceEvent[] lossGradient(
            DeviceQueue queue,
            DeviceBuffer logits,
            DeviceBuffer targets,
            DeviceBuffer out,
            int rows,
            int width,
            DeviceEvent... waits);

    /** Rows of {@code table} of {@code width} elements; {@code indices} are {@code rows} integers. */
    DeviceEvent[] gatherRows(
            DeviceQueue queue,
            DeviceBuffer table,
            DeviceBuffer indices,
            DeviceBuffer out,
            int rows,
            int width,
            DeviceEvent... waits);

    /**
     * What FP8 E4M3 leaves of {@code length} values.
     *
     * @param scratch at least {@link #quantiseScratch} elements of single precision
     */
    DeviceEvent[] quantise(
            DeviceQueue queue,
            DeviceBuffer x,
            DeviceBuffer out,
            int length,
            DeviceBuffer scratch,
            DeviceEvent... waits);

    /** Single-precision elements of scratch that {@link #quantise} needs for any length; at least 1. */
    long quantiseScratch();

    /**
     * AdamW in place.
     *
     * @param parameters parameters in single precision, changed
     * @param gradients as many, of any type
     * @param first first moments in single precision, changed
     * @param second second moments in single precision, changed
     * @param length elements
     * @param step from 1
     */
    DeviceEvent[] adamw(
            DeviceQueue queue,
            At parameters,
            At gradients,
            At first,
            At second,
            int length,
            int step,
            DeviceEvent... waits);

    /** {@code c[i] = a[i] + b[i]}; {@code c} may be {@code a} or {@code b} at the same position. */
    DeviceEvent[] add(DeviceQueue queue, At a, At b, At c, int length, DeviceEvent... waits);

    /** {@code x[i] *= factor}. */
    DeviceEvent[] scale(DeviceQueue queue, At x, int length, float factor, DeviceEvent... waits);

    /** {@code to[i] = from[i]} by a kernel; for bandwidth probes and for devices whose copies are slow. */
    DeviceEvent[] copy(DeviceQueue queue, At from, At to, int length, DeviceEvent... waits);

    /** {@code a[i] = b[i] + s * c[i]}, the STREAM triad, for bandwidth probes. */
    DeviceEvent[] triad(
            DeviceQueue queue,
            DeviceBuffer a,
            DeviceBuffer b,
            DeviceBuffer c,
            float s,
            int length,
            DeviceEvent... waits);

    /** Sets {@code length} elements to a value. */
    DeviceEvent[] fill(DeviceQueue queue, At x, int length, float value, DeviceEvent... waits);

    /** A kernel that does nothing, to measure what a launch costs and to tell a device's clock. */
    DeviceEvent[] nothing(DeviceQueue queue, DeviceEvent... waits);

    /** Releases programs and kernels; idempotent. Nothing may be running any more. */
    @Override
    void close();
}
