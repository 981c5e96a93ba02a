package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.spi.AttentionShape;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.spi.RankFailedException;
import java.util.Arrays;

/** Runs the compute ops of a rank on its arrays. Confined to the rank's thread. */
final class ComputeOps {
    private final int rank;
    private final RunControl control;
    private final RankBuffers buffers;
    private final OpSizes sizes;
    private final Matmul matmul;
    private final Attention attention;
    private final boolean checks;
    private float[] queryGradients = {};
    private int[] rows = {};
    private int step;

    ComputeOps(int rank, RunControl control, RankBuffers buffers, OpSizes sizes, CpuOptions options) {
        this.rank = rank;
        this.control = control;
        this.buffers = buffers;
        this.sizes = sizes;
        this.matmul = new Matmul(options.kernel());
        this.attention = new Attention(options.kernel());
        this.checks = options.checks();
    }

    /** Runs an op; {@code poisoned} makes its result NaN. */
    void run(Op op, boolean poisoned) {
        switch (op) {
            case Op.Matmul m -> product(m, poisoned);
            case Op.Attention a -> attend(a, poisoned);
            case Op.MemoryBound m -> memory(m, poisoned);
            case Op.OptimizerStep o -> optimise(o, poisoned);
            case Op.Collective c -> throw new IllegalArgumentException(c.name() + " is no compute op");
            case Op.SendReceive t -> throw new IllegalArgumentException(t.name() + " is no compute op");
        }
    }

    /** Scaled by the root of the inner length, so that values keep their size from layer to layer. */
    private void product(Op.Matmul m, boolean poisoned) {
        int m0 = OpSizes.count(m.rows());
        int n = OpSizes.count(m.columns());
        int k = OpSizes.count(m.inner());
        int count = OpSizes.count(m.count());
        float scale = (float) (1 / Math.sqrt(k));
        float[] a = buffers.input(m.name());
        boolean gradient = OpSizes.isWeightGradient(m);
        float[] b = gradient ? buffers.output() : buffers.weights();
        float[] c = gradient ? buffers.bucket() : buffers.output();
        int at = gradient ? buffers.placeInBucket(m0 * n * count) : 0;
        for (int i = 0; i < count; i++) {
            matmul.multiply(a, i * m0 * k, b, i * k * n, c, at + i * m0 * n, m0, n, k, scale, control::stopped);
            control.check();
        }
        check(m, c, at, m0 * n * count, poisoned);
        if (!gradient) {
            buffers.written();
        }
    }

    private void attend(Op.Attention a, boolean poisoned) {
        AttentionShape s = sizes.shape(a);
        float[] q = buffers.input(a.name());
        int keys = s.keyElements();
        System.arraycopy(q, 0, buffers.keys, 0, Math.min(keys, q.length));
        if (a.backward()) {
            attention.backward(
                    s,
                    q,
                    buffers.keys,
                    buffers.values,
                    buffers.output(),
                    queryGradients(s),
                    buffers.keyGradients,
                    buffers.valueGradients,
                    control::stopped);
            control.check();
            check(a, buffers.keyGradients, 0, keys, false);
            System.arraycopy(queryGradients(s), 0, buffers.output(), 0, s.queryElements());
        } else {
            attention.forward(s, q, buffers.keys, buffers.values, buffers.output(), control::stopped);
            control.check();
        }
        check(a, buffers.output(), 0, s.queryElements(), poisoned);
        buffers.written();
    }

    private float[] queryGradients(AttentionShape s) {
        if (queryGradients.length < s.queryElements()) {
            queryGradients = new float[s.queryElements()];
        }
        return queryGradients;
    }

    private void memory(Op.MemoryBound m, boolean poisoned) {
        if (m.bytes() == 0) {
            return;
        }
        float[] in = buffers.input(m.name());
        float[] out = buffers.output();
        int n = sizes.elements(m, m.kind() == MemoryKind.ACTIVATION ? 3 : 2);
        int width = Math.min(n, sizes.width(m.kind()));
        int count = Math.max(1, n / width);
        n = m.kind() == MemoryKind.ACTIVATION ? n : count * width;
        switch (m.kind()) {
            case NORM -> RowKernels.norm(in, buffers.own(), 0, out, count, width);
            case ROTARY -> rotary(in, out, count, width);
            case ACTIVATION -> RowKernels.activation(in, 0, in, Math.min(n, in.length - n), out, n);
            case ROUTING, EMBEDDING -> RowKernels.gatherRows(in, permutation(count), out, count, width);
            case CAST -> RowKernels.quantise(in, out, n);
            case SCORES -> RowKernels.softmax(in, out, count, width);
            case LOSS -> RowKernels.lossGradient(in, targets(count, width), out, count, width);
        }
        check(m, out, 0, n, poisoned);
        buffers.written();
    }

    private static void rotary(float[] in, float[] out, int rows, int headSize) {
        if (headSize % 2 == 0) {
            RowKernels.rotary(in, out, rows, rows, headSize);
        } else {
            System.arraycopy(in, 0, out, 0, rows * headSize);
        }
    }

    /** Rows in the order of a stride that is coprime to their number, so that neighbours lie apart. */
    private int[] permutation(int count) {
        if (rows.length != count) {
            rows = new int[count];
        }
        long stride = count / 2 + 1L;
        while (gcd(stride, count) != 1) {
            stride++;
        }
        for (int i = 0; i < count; i++) {
            rows[i] = (int) (i * stride % count);
        }
        return rows;
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private int[] targets(int count, int width) {
        int[] out = permutation(count);
        for (int i = 0; i < count; i++) {
            out[i] %= width;
        }
        return out;
    }

    private void optimise(Op.OptimizerStep o, boolean poisoned) {
        step++;
        int n = OpSizes.count(o.parameters());
        float[] g = buffers.gradients();
        float[] p = buffers.parameters;
        for (int at = 0; at < n; at += g.length) {
            int length = Math.min(g.length, n - at);
            RowKernels.adamw(p, g, buffers.first, buffers.second, at, at + length, at, step);
            control.check();
        }
        check(o, p, 0, n, poisoned);
    }

    /** Looks for NaN in a result. */
    void check(Op op, float[] x, int at, int length, boolean poisoned) {
        if (poisoned) {
            x[at] = Float.NaN;
        }
        if (!checks && !poisoned) {
            return;
        }
        int found = RowKernels.firstNaN(x, at, length);
        if (found >= 0) {
            if (poisoned) {
                Arrays.fill(x, at, at + 1, 0);
            }
            throw new RankFailedException(
                    rank,
                    op.name(),
                    "NaN in element " + found + " of " + length + " of its result (" + op.shape() + ")");
        }
    }
}
