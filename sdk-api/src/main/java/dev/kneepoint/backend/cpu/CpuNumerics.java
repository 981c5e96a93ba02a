package dev.kneepoint.backend.cpu;

import static dev.kneepoint.backend.host.NumericsArguments.inside;
import static dev.kneepoint.backend.host.NumericsArguments.need;
import static dev.kneepoint.backend.host.NumericsArguments.rows;

import dev.kneepoint.backend.host.NumericsArguments;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.spi.AttentionShape;
import dev.kneepoint.spi.Numerics;

/** The kernels and collectives that plans run, on the caller's data. Thread-safe. */
final class CpuNumerics implements Numerics {
    private final MatrixKernel kernel;

    CpuNumerics(MatrixKernel kernel) {
        this.kernel = kernel;
    }

    @Override
    public float[] matmul(float[] a, float[] b, int rows, int columns, int inner) {
        need("a", a.length, (long) rows * inner);
        need("b", b.length, (long) inner * columns);
        float[] c = new float[Math.multiplyExact(rows, columns)];
        new Matmul(kernel).multiply(a, 0, b, 0, c, 0, rows, columns, inner, 1, () -> false);
        return c;
    }

    @Override
    public float[] attention(AttentionShape shape, float[] queries, float[] keys, float[] values) {
        NumericsArguments.attention(shape, queries, keys, values);
        float[] out = new float[shape.queryElements()];
        new Attention(kernel).forward(shape, queries, keys, values, out, () -> false);
        return out;
    }

    @Override
    public float[][] attentionGradient(
            AttentionShape shape, float[] queries, float[] keys, float[] values, float[] outputGradient) {
        NumericsArguments.attention(shape, queries, keys, values);
        need("outputGradient", outputGradient.length, shape.queryElements());
        float[][] out = {
            new float[shape.queryElements()], new float[shape.keyElements()], new float[shape.keyElements()]
        };
        new Attention(kernel)
                .backward(shape, queries, keys, values, outputGradient, out[0], out[1], out[2], () -> false);
        return out;
    }

    @Override
    public float[] norm(float[] x, float[] weight) {
        int rows = rows("x", x.length, weight.length);
        float[] out = new float[x.length];
        RowKernels.norm(x, weight, 0, out, rows, weight.length);
        return out;
    }

    @Override
    public float[] activation(float[] gate, float[] up) {
        need("up", up.length, gate.length);
        float[] out = new float[gate.length];
        RowKernels.activation(gate, 0, up, 0, out, gate.length);
        return out;
    }

    @Override
    public float[] rotary(float[] x, int length, int headSize) {
        int rows = NumericsArguments.rotary(x, length, headSize);
        float[] out = new float[x.length];
        RowKernels.rotary(x, out, rows, length, headSize);
        return out;
    }

    @Override
    public float[] softmax(float[] x, int width) {
        int rows = rows("x", x.length, width);
        float[] out = new float[x.length];
        RowKernels.softmax(x, out, rows, width);
        return out;
    }

    @Override
    public float[] lossGradient(float[] logits, int[] targets, int width) {
        int rows = rows("logits", logits.length, width);
        need("targets", targets.length, rows);
        inside("targets", targets, width);
        float[] out = new float[logits.length];
        RowKernels.lossGradient(logits, targets, out, rows, width);
        return out;
    }

    @Override
    public float[] gatherRows(float[] table, int[] rows, int width) {
        inside("rows", rows, rows("table", table.length, width));
        float[] out = new float[Math.multiplyExact(rows.length, width)];
        RowKernels.gatherRows(table, rows, out, rows.length, width);
        return out;
    }

    @Override
    public float[] quantise(float[] x) {
        float[] out = new float[x.length];
        RowKernels.quantise(x, out, x.length);
        return out;
    }

    @Override
    public float[][] adamw(float[] parameters, float[] gradients, float[] first, float[] second, int step) {
        NumericsArguments.adamw(parameters, gradients, first, second, step);
        float[][] out = {parameters.clone(), first.clone(), second.clone()};
        RowKernels.adamw(out[0], gradients, out[1], out[2], 0, parameters.length, 0, step);
        return out;
    }

    @Override
    public float[][] collective(CollectiveKind kind, float[][] inputs) {
        return CollectiveRun.run(kernel, kind, inputs);
    }

    @Override
    public float[] sendReceive(float[] message) {
        Mailboxes boxes = new Mailboxes();
        Mailboxes.Address to = new Mailboxes.Address(1, 0, true);
        boxes.send(to, message.clone());
        float[] received = boxes.take(to);
        return received == null ? new float[0] : received;
    }
}
