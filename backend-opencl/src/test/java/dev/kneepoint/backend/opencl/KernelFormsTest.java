package dev.kneepoint.backend.opencl;

import static dev.kneepoint.backend.engine.DeviceKernels.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.testkit.NumericsConformance;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both forms of the kernels against the double-precision reference, whatever the device's own form is. */
@RequiresOpenCl
class KernelFormsTest {
    private static final long SEED = 20261126;
    private static final Map<KernelForm, TestDevice> DEVICES = new EnumMap<>(KernelForm.class);

    @BeforeAll
    static void open() {
        for (KernelForm form : KernelForm.values()) {
            DEVICES.put(form, TestDevice.open(form));
        }
    }

    @AfterAll
    static void close() {
        DEVICES.values().forEach(TestDevice::close);
    }

    @TestFactory
    Stream<DynamicContainer> ops() {
        return Arrays.stream(KernelForm.values())
                .map(form -> DynamicContainer.dynamicContainer(
                        form.name(),
                        NumericsConformance.computeOps(DEVICES.get(form).numerics())));
    }

    /** Several products in one launch, at offsets, scaled; what stands around them stays. */
    @ParameterizedTest
    @EnumSource
    void matmul_batch(KernelForm form) {
        product(form, 3, 19, 37, 45, false);
    }

    @ParameterizedTest
    @EnumSource
    void matmul_inHalf(KernelForm form) {
        product(form, 2, 70, 35, 300, true);
    }

    private static void product(KernelForm form, int count, int rows, int columns, int inner, boolean half) {
        TestDevice device = DEVICES.get(form);
        Random random = new Random(SEED);
        int offset = 5;
        DeviceKernels.Product product = new DeviceKernels.Product(rows, columns, inner, count, 0.5f);
        float[] a = values(random, offset + product.left(), half);
        float[] b = values(random, offset + product.right(), half);
        float[] got;
        try (DeviceArrays arrays = device.arrays()) {
            DeviceBuffer left = half ? arrays.of(DataType.FP16, a) : arrays.of(a);
            DeviceBuffer right = half ? arrays.of(DataType.FP16, b) : arrays.of(b);
            int length = 2 * offset + product.result();
            DeviceBuffer out = arrays.of(new float[length]);
            DeviceKernels.At at = new DeviceKernels.At(left, offset);
            DeviceKernels.At bt = new DeviceKernels.At(right, offset);
            DeviceKernels.At ct = new DeviceKernels.At(out, offset);
            got = arrays.after(device.kernels.matmul(device.queue, product, at, bt, ct), out, length);
        }
        float[] around = new float[offset];
        assertThat(Arrays.copyOf(got, offset)).isEqualTo(around);
        assertThat(Arrays.copyOfRange(got, got.length - offset, got.length)).isEqualTo(around);
        for (int n = 0; n < count; n++) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    double sum = 0;
                    double size = 0;
                    for (int k = 0; k < inner; k++) {
                        double term = (double) a[offset + (n * rows + i) * inner + k]
                                * b[offset + (n * inner + k) * columns + j];
                        sum += 0.5 * term;
                        size += 0.5 * Math.abs(term);
                    }
                    assertThat((double) got[offset + (n * rows + i) * columns + j])
                            .as("product %d, row %d, column %d", n, i, j)
                            .isCloseTo(sum, within((inner + 2) * 0x1p-24 * size));
                }
            }
        }
    }

    /** Values that FP16 holds exactly, if it must. */
    private static float[] values(Random random, int length, boolean half) {
        float[] out = new float[length];
        for (int i = 0; i < length; i++) {
            float value = random.nextFloat(-2, 2);
            out[i] = half ? Float.float16ToFloat(Float.floatToFloat16(value)) : value;
        }
        return out;
    }

    @ParameterizedTest
    @EnumSource
    void convert_roundsToNearest(KernelForm form) {
        TestDevice device = DEVICES.get(form);
        float[] x = values(new Random(SEED), 77, false);
        x[0] = 65519;
        x[1] = 1 + 0x1p-11f;
        x[2] = 0x1p-25f * 1.5f;
        float[] got;
        try (DeviceArrays arrays = device.arrays()) {
            DeviceBuffer out = arrays.empty(DataType.FP16, x.length);
            got = arrays.after(
                    device.kernels.convert(device.queue, whole(arrays.of(x)), whole(out), x.length), out, x.length);
        }
        for (int i = 0; i < x.length; i++) {
            float half = Float.float16ToFloat(Float.floatToFloat16(x[i]));
            assertThat(got[i]).as("half of %s", x[i]).isEqualTo(half);
        }
    }

    /** Positions beyond the near table, in sequences that the kit does not reach. */
    @ParameterizedTest
    @EnumSource
    void rotary_ofLongSequences(KernelForm form) {
        int head = 6;
        int length = 1100;
        float[] x = values(new Random(SEED), 2 * length * head, false);
        float[] got = DEVICES.get(form).numerics().rotary(x, length, head);
        for (int at = 0; at < x.length; at += 2) {
            double angle = at / head % length * Math.pow(10_000, -(double) (at % head) / head);
            double even = x[at] * Math.cos(angle) - x[at + 1] * Math.sin(angle);
            double odd = x[at] * Math.sin(angle) + x[at + 1] * Math.cos(angle);
            double size = Math.abs(x[at]) + Math.abs(x[at + 1]);
            assertThat((double) got[at]).as("element %d", at).isCloseTo(even, within(8 * 0x1p-24 * size));
            assertThat((double) got[at + 1]).as("element %d", at + 1).isCloseTo(odd, within(8 * 0x1p-24 * size));
        }
    }

    /** The ops that no Numerics shows, on lengths around vectors and at offsets. */
    @ParameterizedTest
    @EnumSource
    void elements_atOffsets(KernelForm form) {
        TestDevice device = DEVICES.get(form);
        Random random = new Random(SEED);
        for (int n : new int[] {1, 3, 4, 15, 16, 17, 63, 1000, 9001}) {
            float[] a = values(random, n + 3, false);
            float[] b = values(random, n + 3, false);
            try (DeviceArrays arrays = device.arrays()) {
                DeviceBuffer x = arrays.of(a);
                DeviceBuffer y = arrays.of(b);
                DeviceBuffer z = arrays.of(new float[n + 3]);
                DeviceKernels k = device.kernels;
                device.finish(k.copy(device.queue, new DeviceKernels.At(x, 1), new DeviceKernels.At(z, 2), n));
                device.finish(k.add(
                        device.queue,
                        new DeviceKernels.At(z, 2),
                        new DeviceKernels.At(y, 3),
                        new DeviceKernels.At(z, 2),
                        n));
                device.finish(k.scale(device.queue, new DeviceKernels.At(z, 2), n, 0.25f));
                float[] expected = new float[n + 3];
                for (int i = 0; i < n; i++) {
                    expected[2 + i] = (a[1 + i] + b[3 + i]) * 0.25f;
                }
                assertThat(arrays.read(z, n + 3)).as("%d elements", n).isEqualTo(expected);
                device.finish(k.triad(device.queue, z, x, y, 0.5f, n));
                device.finish(k.fill(device.queue, new DeviceKernels.At(z, n + 1), 1, 7));
                device.finish(k.nothing(device.queue));
                for (int i = 0; i < n; i++) {
                    expected[i] = a[i] + 0.5f * b[i];
                }
                expected[n + 1] = 7;
                assertThat(arrays.read(z, n + 3)).as("triad of %d", n).isEqualTo(expected);
            }
        }
    }
}
