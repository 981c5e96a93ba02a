package dev.kneepoint.backend.opencl;

import static dev.kneepoint.backend.engine.DeviceKernels.whole;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceNumerics;
import dev.kneepoint.spi.AttentionShape;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.Numerics;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/**
 * Runs every kernel of a form on sizes that an interpreter can bear, in a process of its own, and compares with the
 * {@code cpu} backend: first argument the form, second the length of vectors. Buffers are kept to the end: Oclgrind takes
 * what stands in one that has another's old place for uninitialised.
 */
final class SmallRun {
    private static final List<AttentionShape> SHAPES = List.of(
            AttentionShape.causal(1, 2, 1, 37, 5),
            new AttentionShape(1, 1, 1, 70, 70, 3, 9, 0, 1),
            new AttentionShape(2, 1, 1, 6, 12, 35, 0, 1, 2));

    private final DeviceNumerics tested;
    private final Numerics reference;
    private final Random random = new Random(20261126);

    private SmallRun(DeviceNumerics tested, Numerics reference) {
        this.tested = tested;
        this.reference = reference;
    }

    public static void main(String[] args) {
        try (TestDevice device = TestDevice.open(KernelForm.valueOf(args[0]), Integer.parseInt(args[1]));
                Backend cpu = BackendRegistry.discover(SmallRun.class.getClassLoader())
                        .open("cpu", Map.of("cpu.kernels", "loops"))) {
            SmallRun run = new SmallRun(device.keepingNumerics(), cpu.numerics().orElseThrow());
            run.products();
            run.attention();
            run.rows();
            run.elements();
            unshown(device);
        }
        System.out.println("done");
    }

    private float[] values(int length) {
        float[] out = new float[length];
        for (int i = 0; i < length; i++) {
            out[i] = random.nextFloat(-2, 2);
        }
        return out;
    }

    private void same(String what, Function<Numerics, float[]> op) {
        float[] expected = op.apply(reference);
        float[] got = op.apply(tested);
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(got[i] - expected[i]) <= 1e-4 * (1 + Math.abs(expected[i])))) {
                throw new AssertionError(what + ": element " + i + " is " + got[i] + ", expected " + expected[i]);
            }
        }
    }

    private void products() {
        float[] a = values(67 * 19);
        float[] b = values(19 * 33);
        same("matmul", n -> n.matmul(a, b, 67, 33, 19));
        float[] deep = values(2 * 270);
        same("deep matmul", n -> n.matmul(deep, deep, 2, 2, 270));
    }

    private void attention() {
        for (AttentionShape s : SHAPES) {
            float[] q = values(s.queryElements());
            float[] k = values(s.keyElements());
            float[] v = values(s.keyElements());
            float[] g = values(s.queryElements());
            same("attention", n -> n.attention(s, q, k, v));
            float[][] got = tested.attentionGradient(s, q, k, v, g);
            float[][] expected = reference.attentionGradient(s, q, k, v, g);
            for (int i = 0; i < got.length; i++) {
                int part = i;
                same("gradient " + i + " of " + s, n -> n == tested ? got[part] : expected[part]);
            }
        }
    }

    private void rows() {
        for (int width : new int[] {1, 18, 270}) {
            float[] x = values(3 * width);
            float[] weight = values(width);
            same("norm", n -> n.norm(x, weight));
            same("softmax", n -> n.softmax(x, width));
            same("loss", n -> n.lossGradient(x, new int[] {0, width - 1, width / 2}, width));
            same("gather", n -> n.gatherRows(x, new int[] {2, 0, 2, 1}, width));
        }
        float[] x = values(5 * 22);
        same("rotary", n -> n.rotary(x, 3, 22));
    }

    private void elements() {
        for (int length : new int[] {1, 16, 300}) {
            float[] a = values(length);
            float[] b = values(length);
            float[] squares = new float[length];
            for (int i = 0; i < length; i++) {
                squares[i] = b[i] * b[i];
            }
            same("activation", n -> n.activation(a, b));
            same("quantise", n -> n.quantise(a));
            same("AdamW", n -> n.adamw(a, b, b, squares, 2)[0]);
        }
    }

    /** Kernels that no Numerics shows; {@link KernelFormsTest} compares their results. */
    private static void unshown(TestDevice device) {
        DeviceKernels k = device.kernels;
        try (DeviceArrays arrays = device.arrays()) {
            DeviceBuffer x = arrays.of(new float[37]);
            DeviceBuffer y = arrays.of(new float[37]);
            DeviceBuffer z = arrays.empty(37);
            DeviceBuffer half = arrays.empty(DataType.FP16, 37);
            device.finish(k.nothing(device.queue));
            device.finish(k.fill(device.queue, whole(z), 37, 1));
            device.finish(k.copy(device.queue, whole(x), whole(z), 37));
            device.finish(k.scale(device.queue, whole(z), 37, 2));
            device.finish(k.add(device.queue, whole(z), whole(y), whole(z), 37));
            device.finish(k.triad(device.queue, z, x, y, 2, 37));
            device.finish(k.convert(device.queue, whole(x), whole(half), 37));
            device.finish(
                    k.matmul(device.queue, DeviceKernels.Product.of(5, 7, 4), whole(half), whole(half), whole(z)));
        }
    }
}
