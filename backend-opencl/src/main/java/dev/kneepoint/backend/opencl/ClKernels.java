package dev.kneepoint.backend.opencl;

import dev.kneepoint.spi.AttentionShape;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jocl.cl_mem;

/**
 * The kernels of one device. Every method only enqueues and never waits for the device; it returns the events of what it
 * enqueued, in order, at least one, which the caller releases. All events come from a queue that was created with
 * profiling, and in order, so that the last one ends the op. {@code waits} hold before the first kernel; an empty array is
 * no wait, and the caller keeps them.
 *
 * <p>Arrays are buffers of floats (of ints where it says so), row-major; positions and lengths count elements. What an op
 * computes is what {@link dev.kneepoint.spi.Numerics} says of it. Inputs and outputs are never the same buffer unless it
 * says so. Elements outside the stated ranges are neither read nor written: buffers are longer than an op needs.
 *
 * <p>Thread-safe: a call sets its arguments and enqueues under a lock of its own, since kernel objects are not
 * thread-safe. A failing call is an {@link OpenClException} without rank and op. An op may run on any queue of the device.
 */
interface ClKernels extends AutoCloseable {
    /** No events to wait for. */
    cl_event[] NOTHING = {};

    /** Where an array begins inside a buffer. */
    record At(cl_mem buffer, long from) {}

    /** An array that begins with its buffer. */
    static At whole(cl_mem buffer) {
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
     */
    record Product(int rows, int columns, int inner, int count, float scale) {
        /** One product as it is. */
        static Product of(int rows, int columns, int inner) {
            return new Product(rows, columns, inner, 1, 1);
        }

        /** Elements of all {@code a}. */
        int left() {
            return count * rows * inner;
        }

        /** Elements of all {@code b}. */
        int right() {
            return count * inner * columns;
        }

        /** Elements of all {@code c}. */
        int result() {
            return count * rows * columns;
        }
    }

    /** Products of matrices: {@link Product} says of which. */
    cl_event[] matmul(cl_command_queue queue, Product product, At a, At b, At c, cl_event... waits);

    /**
     * The same with {@code a} and {@code b} in FP16, two bytes an element, which is also what their positions count; sums
     * and {@code c} are single precision. Runs on every device.
     */
    cl_event[] matmulHalf(cl_command_queue queue, Product product, At a, At b, At c, cl_event... waits);

    /** {@code to[i] = from[i]} in FP16, rounded to nearest; {@code to} counts elements of two bytes. */
    cl_event[] toHalf(cl_command_queue queue, At from, At to, int length, cl_event... waits);

    /**
     * Floats of scratch that attention needs, the larger of forward and backward; at least 1. The engine allocates it once
     * per rank and counts it as memory.
     */
    long attentionScratch(AttentionShape shape, boolean backward);

    /** Attention. {@code keys} and {@code values} hold {@link AttentionShape#keyElements}, the others queryElements. */
    cl_event[] attention(
            cl_command_queue queue,
            AttentionShape shape,
            cl_mem queries,
            cl_mem keys,
            cl_mem values,
            cl_mem output,
            cl_mem scratch,
            cl_event... waits);

    /** Gradients of attention: recomputes what it needs of the forward pass. */
    cl_event[] attentionGradient(
            cl_command_queue queue,
            AttentionShape shape,
            cl_mem queries,
            cl_mem keys,
            cl_mem values,
            cl_mem outputGradient,
            cl_mem queryGradient,
            cl_mem keyGradient,
            cl_mem valueGradient,
            cl_mem scratch,
            cl_event... waits);

    /** RMS norm of {@code rows} rows of {@code width}; {@code weight} has a row. */
    cl_event[] norm(
            cl_command_queue queue, cl_mem x, cl_mem weight, cl_mem out, int rows, int width, cl_event... waits);

    /** Gated activation of {@code length} elements; {@code gate} and {@code up} may overlap in one buffer. */
    cl_event[] activation(cl_command_queue queue, At gate, At up, cl_mem out, int length, cl_event... waits);

    /** Rotary embedding; row r stands at position {@code r % length}. */
    cl_event[] rotary(
            cl_command_queue queue, cl_mem x, cl_mem out, int rows, int length, int headSize, cl_event... waits);

    /** Softmax of {@code rows} rows of {@code width}. */
    cl_event[] softmax(cl_command_queue queue, cl_mem x, cl_mem out, int rows, int width, cl_event... waits);

    /** Gradient of the mean cross-entropy; {@code targets} are {@code rows} ints. */
    cl_event[] lossGradient(
            cl_command_queue queue, cl_mem logits, cl_mem targets, cl_mem out, int rows, int width, cl_event... waits);

    /** Rows of {@code table} of {@code width} elements; {@code indices} are {@code rows} ints. */
    cl_event[] gatherRows(
            cl_command_queue queue, cl_mem table, cl_mem indices, cl_mem out, int rows, int width, cl_event... waits);

    /**
     * What FP8 E4M3 leaves of {@code length} values.
     *
     * @param scratch at least {@link #quantiseScratch} floats
     */
    cl_event[] quantise(cl_command_queue queue, cl_mem x, cl_mem out, int length, cl_mem scratch, cl_event... waits);

    /** Floats of scratch that {@link #quantise} needs for any length; at least 1. */
    long quantiseScratch();

    /**
     * AdamW in place.
     *
     * @param parameters parameters, changed
     * @param gradients as many
     * @param first first moments, changed
     * @param second second moments, changed
     * @param length elements
     * @param step from 1
     */
    cl_event[] adamw(
            cl_command_queue queue,
            At parameters,
            At gradients,
            At first,
            At second,
            int length,
            int step,
            cl_event... waits);

    /** {@code c[i] = a[i] + b[i]}; {@code c} may be {@code a} or {@code b} at the same position. */
    cl_event[] add(cl_command_queue queue, At a, At b, At c, int length, cl_event... waits);

    /** {@code x[i] *= factor}. */
    cl_event[] scale(cl_command_queue queue, At x, int length, float factor, cl_event... waits);

    /** {@code to[i] = from[i]} by a kernel; for bandwidth probes and for devices whose copies are slow. */
    cl_event[] copy(cl_command_queue queue, At from, At to, int length, cl_event... waits);

    /** {@code a[i] = b[i] + s * c[i]}, the STREAM triad, for bandwidth probes. */
    cl_event[] triad(cl_command_queue queue, cl_mem a, cl_mem b, cl_mem c, float s, int length, cl_event... waits);

    /** Sets {@code length} elements to a value. */
    cl_event[] fill(cl_command_queue queue, At x, int length, float value, cl_event... waits);

    /** A kernel that does nothing, to measure what a launch costs and to tell a device's clock. */
    cl_event[] nothing(cl_command_queue queue, cl_event... waits);

    /** Releases programs and kernels; idempotent. Nothing may be running any more. */
    @Override
    void close();

    /** Opens the kernels of a device; builds programs, or takes them from the cache. */
    @FunctionalInterface
    interface Factory {
        /**
         * The kernels of a device.
         *
         * @throws OpenClException if a program does not build, with the log
         */
        ClKernels open(ClDevice device);
    }
}
