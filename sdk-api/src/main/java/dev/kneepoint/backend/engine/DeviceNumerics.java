package dev.kneepoint.backend.engine;

import static dev.kneepoint.backend.engine.DeviceKernels.whole;
import static dev.kneepoint.backend.host.NumericsArguments.inside;
import static dev.kneepoint.backend.host.NumericsArguments.need;
import static dev.kneepoint.backend.host.NumericsArguments.rows;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.host.NumericsArguments;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.spi.AttentionShape;
import dev.kneepoint.spi.Numerics;
import java.util.function.Supplier;

/** The kernels that plans run, on the caller's data: each call copies it to the device and the result back. */
public final class DeviceNumerics implements Numerics {
    private final DeviceKernels kernels;
    private final DeviceQueue queue;
    private final Exchange exchange;
    private final Supplier<DeviceArrays> memory;

    /** What ranks do with each other, which is not a kernel's matter. */
    public interface Exchange {
        /**
         * See {@link Numerics#collective}.
         *
         * @param kind the collective
         * @param inputs by rank
         * @return outputs by rank
         */
        float[][] collective(CollectiveKind kind, float[][] inputs);

        /**
         * See {@link Numerics#sendReceive}.
         *
         * @param message what one rank sends
         * @return what the other receives
         */
        float[] sendReceive(float[] message);
    }

    /**
     * Arithmetic on a device.
     *
     * @param memory the device's memory
     * @param kernels its kernels
     * @param queue a queue of it, which the caller keeps
     * @param exchange what ranks do with each other
     */
    public DeviceNumerics(DeviceMemory memory, DeviceKernels kernels, DeviceQueue queue, Exchange exchange) {
        this(kernels, queue, exchange, () -> new DeviceArrays(memory, queue));
    }

    /**
     * The same with another way of making buffers.
     *
     * @param kernels a device's kernels
     * @param queue a queue of it, which the caller keeps
     * @param exchange what ranks do with each other
     * @param memory makes the buffers of a call, which closes them
     */
    public DeviceNumerics(DeviceKernels kernels, DeviceQueue queue, Exchange exchange, Supplier<DeviceArrays> memory) {
        this.kernels = kernels;
        this.queue = queue;
        this.exchange = exchange;
        this.memory = memory;
    }

    private DeviceArrays arrays() {
        return memory.get();
    }

    @Override
    public float[] matmul(float[] a, float[] b, int rows, int columns, int inner) {
        need("a", a.length, (long) rows * inner);
        need("b", b.length, (long) inner * columns);
        int length = Math.multiplyExact(rows, columns);
        try (DeviceArrays arrays = arrays()) {
            At left = whole(arrays.of(a));
            At right = whole(arrays.of(b));
            DeviceBuffer out = arrays.empty(length);
            return arrays.after(
                    kernels.matmul(queue, DeviceKernels.Product.of(rows, columns, inner), left, right, whole(out)),
                    out,
                    length);
        }
    }

    @Override
    public float[] attention(AttentionShape shape, float[] queries, float[] keys, float[] values) {
        NumericsArguments.attention(shape, queries, keys, values);
        try (DeviceArrays arrays = arrays()) {
            DeviceBuffer out = arrays.empty(queries.length);
            DeviceBuffer scratch = arrays.empty(kernels.attentionScratch(shape, false));
            return arrays.after(
                    kernels.attention(
                            queue, shape, arrays.of(queries), arrays.of(keys), arrays.of(values), out, scratch),
                    out,
                    queries.length);
        }
    }

    @Override
    public float[][] attentionGradient(
            AttentionShape shape, float[] queries, float[] keys, float[] values, float[] outputGradient) {
        NumericsArguments.attention(shape, queries, keys, values);
        need("outputGradient", outputGradient.length, shape.queryElements());
        try (DeviceArrays arrays = arrays()) {
            DeviceBuffer[] out = {arrays.empty(queries.length), arrays.empty(keys.length), arrays.empty(values.length)};
            DeviceEvent[] ops = kernels.attentionGradient(
                    queue,
                    shape,
                    arrays.of(queries),
                    arrays.of(keys),
                    arrays.of(values),
                    arrays.of(outputGradient),
                    out[0],
                    out[1],
                    out[2],
                    arrays.empty(kernels.attentionScratch(shape, true)));
            return new float[][] {
                arrays.after(ops, out[0], queries.length),
                arrays.read(out[1], keys.length),
                arrays.read(out[2], values.length)
            };
        }
    }

    @Override
    public float[] norm(float[] x, float[] weight) {
        int rows = rows("x", x.length, weight.length);
        try (DeviceArrays arrays = arrays()) {
            DeviceBuffer out = arrays.empty(x.length);
            return arrays.after(
                    kernels.norm(queue, arrays.of(x), arrays.of(weight), out, rows, weight.length), out, x.length);
        }
    }

    @Override
    public float[] activation(float[] gate, float[] up) {
        need("up", up.length, gate.length);
        if (gate.length == 0) {
            return new float[0];
        }
        try (DeviceArrays arrays = arrays()) {
            DeviceBuffer out = arrays.empty(gate.length);
            return arrays.after(
                    kernels.activation(queue, whole(arrays.of(gate)), whole(arrays.of(up)), out, gate.length),
                    out,
                    gate.length);
        }
    }

    @Override
    public float[] rotary(float[] x, int length, int headSize) {
        int rows = NumericsArguments.rotary(x, length, headSize);
        try (DeviceArrays arrays = arrays()) {
            DeviceBuffer out = arrays.empty(x.length);
            return arrays.after(kernels.rotary(queue, arrays.of(x), out, rows, length, headSize), out, x.length);
        }
    }

    @Override
    public float[] softmax(float[] x, int width) {
        int rows = rows("x", x.length, width);
        try (DeviceArrays arrays = arrays()) {
            DeviceBuffer out = arrays.empty(x.length);
            return arrays.after(kernels.softmax(queue, arrays.of(x), out, rows, width), out, x.length);
        }
    }

    @Override
    public float[] lossGradient(float[] logits, int[] targets, int width) {
        int rows = rows("logits", logits.length, width);
        need("targets", targets.length, rows);
        inside("targets", targets, width);
        try (DeviceArrays arrays = arrays()) {
            DeviceBuffer out = arrays.empty(logits.length);
            return arrays.after(
                    kernels.lossGradient(queue, arrays.of(logits), arrays.of(targets), out, rows, width),
                    out,
                    logits.length);
        }
    }

    @Override
    public float[] gatherRows(float[] table, int[] rows, int width) {
        inside("rows", rows, rows("table", table.length, width));
        int length = Math.multiplyExact(rows.length, width);
        if (length == 0) {
            return new float[0];
        }
        try (DeviceArrays arrays = arrays()) {
            DeviceBuffer out = arrays.empty(length);
            return arrays.after(
                    kernels.gatherRows(queue, arrays.of(table), arrays.of(rows), out, rows.length, width), out, length);
        }
    }

    @Override
    public float[] quantise(float[] x) {
        if (x.length == 0) {
            return new float[0];
        }
        try (DeviceArrays arrays = arrays()) {
            DeviceBuffer out = arrays.empty(x.length);
            DeviceBuffer scratch = arrays.empty(kernels.quantiseScratch());
            return arrays.after(kernels.quantise(queue, arrays.of(x), out, x.length, scratch), out, x.length);
        }
    }

    @Override
    public float[][] adamw(float[] parameters, float[] gradients, float[] first, float[] second, int step) {
        NumericsArguments.adamw(parameters, gradients, first, second, step);
        int length = parameters.length;
        if (length == 0) {
            return new float[3][0];
        }
        try (DeviceArrays arrays = arrays()) {
            DeviceBuffer p = arrays.of(parameters);
            DeviceBuffer m = arrays.of(first);
            DeviceBuffer v = arrays.of(second);
            DeviceEvent[] ops =
                    kernels.adamw(queue, whole(p), whole(arrays.of(gradients)), whole(m), whole(v), length, step);
            return new float[][] {arrays.after(ops, p, length), arrays.read(m, length), arrays.read(v, length)};
        }
    }

    @Override
    public float[][] collective(CollectiveKind kind, float[][] inputs) {
        return exchange.collective(kind, inputs);
    }

    @Override
    public float[] sendReceive(float[] message) {
        return exchange.sendReceive(message);
    }
}
