package dev.kneepoint.backend.engine;

import static dev.kneepoint.backend.engine.HostBuffer.get;
import static dev.kneepoint.backend.engine.HostBuffer.ints;
import static dev.kneepoint.backend.engine.HostBuffer.part;

import dev.kneepoint.backend.engine.HostBuffer.Part;
import dev.kneepoint.spi.AttentionShape;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.Numerics;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;

/** Kernels by the arithmetic of the {@code cpu} backend; they spoil their scratch, as real ones do. */
final class HostKernels implements DeviceKernels {
    private final Numerics numerics = BackendRegistry.discover(HostKernels.class.getClassLoader())
            .open("cpu", Map.of())
            .numerics()
            .orElseThrow();

    /** Enqueues a kernel with one result. */
    private static DeviceEvent[] run(
            DeviceQueue queue, String name, DeviceEvent[] waits, Part out, Function<Integer, float[]> result) {
        Runnable body = () -> out.put(result.apply(out.elements()));
        return new DeviceEvent[] {((HostQueue) queue).enqueue(name, waits, body, out)};
    }

    private float[] products(Product p, float[] a, float[] b) {
        float[] out = new float[p.result()];
        for (int i = 0; i < p.count(); i++) {
            float[] left = Arrays.copyOfRange(a, i * p.rows() * p.inner(), (i + 1) * p.rows() * p.inner());
            float[] right = Arrays.copyOfRange(b, i * p.inner() * p.columns(), (i + 1) * p.inner() * p.columns());
            float[] c = numerics.matmul(left, right, p.rows(), p.columns(), p.inner());
            for (int j = 0; j < c.length; j++) {
                out[i * c.length + j] = p.scale() * c[j];
            }
        }
        return out;
    }

    @Override
    public DeviceEvent[] matmul(DeviceQueue queue, Product p, At a, At b, At c, DeviceEvent... waits) {
        return run(queue, "matmul", waits, part(c, p.result()), n -> products(p, get(a, p.left()), get(b, p.right())));
    }

    @Override
    public DeviceEvent[] convert(DeviceQueue queue, At from, At to, int length, DeviceEvent... waits) {
        return run(queue, "convert", waits, part(to, length), n -> get(from, n));
    }

    @Override
    public long attentionScratch(AttentionShape shape, boolean backward) {
        return backward ? 7 : 3;
    }

    @Override
    public DeviceEvent[] attention(
            DeviceQueue queue,
            AttentionShape s,
            DeviceBuffer queries,
            DeviceBuffer keys,
            DeviceBuffer values,
            DeviceBuffer output,
            DeviceBuffer scratch,
            DeviceEvent... waits) {
        return run(queue, "attention", waits, part(output, s.queryElements()), n -> {
            float[] q = get(queries, s.queryElements());
            part(scratch, 3).put(new float[] {Float.NaN, Float.NaN, Float.NaN});
            return numerics.attention(s, q, get(keys, s.keyElements()), get(values, s.keyElements()));
        });
    }

    @Override
    public DeviceEvent[] attentionGradient(
            DeviceQueue queue,
            AttentionShape s,
            DeviceBuffer queries,
            DeviceBuffer keys,
            DeviceBuffer values,
            DeviceBuffer outputGradient,
            DeviceBuffer queryGradient,
            DeviceBuffer keyGradient,
            DeviceBuffer valueGradient,
            DeviceBuffer scratch,
            DeviceEvent... waits) {
        Part[] out = {
            part(queryGradient, s.queryElements()),
            part(keyGradient, s.keyElements()),
            part(valueGradient, s.keyElements())
        };
        Runnable body = () -> {
            float[][] results = numerics.attentionGradient(
                    s,
                    get(queries, s.queryElements()),
                    get(keys, s.keyElements()),
                    get(values, s.keyElements()),
                    get(outputGradient, s.queryElements()));
            part(scratch, 7).put(new float[] {1, 2, 3, 4, 5, 6, 7});
            for (int i = 0; i < out.length; i++) {
                out[i].put(results[i]);
            }
        };
        return new DeviceEvent[] {((HostQueue) queue).enqueue("attentionGradient", waits, body, out)};
    }

    @Override
    public DeviceEvent[] norm(
            DeviceQueue queue,
            DeviceBuffer x,
            DeviceBuffer weight,
            DeviceBuffer out,
            int rows,
            int width,
            DeviceEvent... waits) {
        return run(queue, "norm", waits, part(out, rows * width), n -> numerics.norm(get(x, n), get(weight, width)));
    }

    @Override
    public DeviceEvent[] activation(
            DeviceQueue queue, At gate, At up, DeviceBuffer out, int length, DeviceEvent... waits) {
        return run(queue, "activation", waits, part(out, length), n -> numerics.activation(get(gate, n), get(up, n)));
    }

    @Override
    public DeviceEvent[] rotary(
            DeviceQueue queue,
            DeviceBuffer x,
            DeviceBuffer out,
            int rows,
            int length,
            int headSize,
            DeviceEvent... waits) {
        return run(
                queue, "rotary", waits, part(out, rows * headSize), n -> numerics.rotary(get(x, n), length, headSize));
    }

    @Override
    public DeviceEvent[] softmax(
            DeviceQueue queue, DeviceBuffer x, DeviceBuffer out, int rows, int width, DeviceEvent... waits) {
        return run(queue, "softmax", waits, part(out, rows * width), n -> numerics.softmax(get(x, n), width));
    }

    @Override
    public DeviceEvent[] lossGradient(
            DeviceQueue queue,
            DeviceBuffer logits,
            DeviceBuffer targets,
            DeviceBuffer out,
            int rows,
            int width,
            DeviceEvent... waits) {
        return run(
                queue,
                "lossGradient",
                waits,
                part(out, rows * width),
                n -> numerics.lossGradient(get(logits, n), ints(targets, rows), width));
    }

    @Override
    public DeviceEvent[] gatherRows(
            DeviceQueue queue,
            DeviceBuffer table,
            DeviceBuffer indices,
            DeviceBuffer out,
            int rows,
            int width,
            DeviceEvent... waits) {
        return run(queue, "gatherRows", waits, part(out, rows * width), n -> {
            int[] which = ints(indices, rows);
            int most = Arrays.stream(which).max().orElse(0);
            return numerics.gatherRows(get(table, (most + 1) * width), which, width);
        });
    }

    @Override
    public DeviceEvent[] quantise(
            DeviceQueue queue,
            DeviceBuffer x,
            DeviceBuffer out,
            int length,
            DeviceBuffer scratch,
            DeviceEvent... waits) {
        return run(queue, "quantise", waits, part(out, length), n -> numerics.quantise(get(x, n)));
    }

    @Override
    public long quantiseScratch() {
        return 1;
    }

    @Override
    public DeviceEvent[] adamw(
            DeviceQueue queue,
            At parameters,
            At gradients,
            At first,
            At second,
            int length,
            int step,
            DeviceEvent... waits) {
        Part[] out = {part(parameters, length), part(first, length), part(second, length)};
        Runnable body = () -> {
            float[][] results = numerics.adamw(
                    get(parameters, length), get(gradients, length), get(first, length), get(second, length), step);
            for (int i = 0; i < out.length; i++) {
                out[i].put(results[i]);
            }
        };
        return new DeviceEvent[] {((HostQueue) queue).enqueue("adamw", waits, body, out)};
    }

    @Override
    public DeviceEvent[] add(DeviceQueue queue, At a, At b, At c, int length, DeviceEvent... waits) {
        return run(queue, "add", waits, part(c, length), n -> {
            float[] x = get(a, n);
            float[] y = get(b, n);
            for (int i = 0; i < n; i++) {
                x[i] += y[i];
            }
            return x;
        });
    }

    @Override
    public DeviceEvent[] scale(DeviceQueue queue, At x, int length, float factor, DeviceEvent... waits) {
        return run(queue, "scale", waits, part(x, length), n -> {
            float[] values = get(x, n);
            for (int i = 0; i < n; i++) {
                values[i] *= factor;
            }
            return values;
        });
    }

    @Override
    public DeviceEvent[] copy(DeviceQueue queue, At from, At to, int length, DeviceEvent... waits) {
        return run(queue, "kernelCopy", waits, part(to, length), n -> get(from, n));
    }

    @Override
    public DeviceEvent[] triad(
            DeviceQueue queue,
            DeviceBuffer a,
            DeviceBuffer b,
            DeviceBuffer c,
            float s,
            int length,
            DeviceEvent... waits) {
        throw new UnsupportedOperationException("plans have no triad");
    }

    @Override
    public DeviceEvent[] fill(DeviceQueue queue, At x, int length, float value, DeviceEvent... waits) {
        throw new UnsupportedOperationException("plans fill nothing");
    }

    @Override
    public DeviceEvent[] nothing(DeviceQueue queue, DeviceEvent... waits) {
        return new DeviceEvent[] {((HostQueue) queue).enqueue("nothing", waits, () -> {})};
    }

    @Override
    public void close() {}
}
