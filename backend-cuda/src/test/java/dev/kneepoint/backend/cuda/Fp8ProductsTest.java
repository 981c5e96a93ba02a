package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.engine.DeviceKernels.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.DeviceKernels.Operands;
import dev.kneepoint.backend.engine.DeviceKernels.Product;
import dev.kneepoint.backend.engine.DeviceQueue;
import dev.kneepoint.backend.engine.Gradient;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Casts and products on the doubles, against double precision on operands that a search rounds to eight bits. */
@RequiresCompiler({"g++", "gcc", "nm"})
class Fp8ProductsTest {
    /** Elements before each result that nothing may write. */
    private static final int FENCE = 16;

    private CudaDouble driver;
    private CudaDevice device;
    private CudaKernels kernels;
    private DeviceQueue queue;

    @BeforeEach
    void open() {
        driver = CudaDouble.reset(Runs.HOPPER);
        List<CudaDeviceInfo> found = CudaDiscovery.devices();
        BlasLibraries blas =
                BlasLibraries.of(CublasLibrary.open(NativeDoubles.cublas().toString()), found);
        device = CudaDevice.open(found.getFirst(), Duration.ofSeconds(30), true, blas, DeviceWatch.NOTHING);
        kernels = new CudaKernels(device, false);
        queue = device.queue();
    }

    @AfterEach
    void close() {
        queue.close();
        kernels.close();
        device.close();
        Machine.isClean(driver);
        assertThat(DoubleControls.cublasLt().handles()).isZero();
    }

    static Stream<Product> products() {
        Random random = new Random(20261204);
        return Stream.concat(
                Stream.of(
                        new Product(33, 48, 64, 1, 2, Gradient.LEFT),
                        new Product(33, 48, 64, 1, 2, Gradient.RIGHT),
                        new Product(1, 16, 16, 1, 1),
                        new Product(70, 144, 80, 1, 0.25f),
                        new Product(3, 48, 32, 5, 0.5f)),
                Stream.generate(() -> new Product(
                                1 + random.nextInt(40),
                                16 * (1 + random.nextInt(6)),
                                16 * (1 + random.nextInt(6)),
                                1 + random.nextInt(3),
                                random.nextFloat(0.1f, 2),
                                Gradient.values()[random.nextInt(3)]))
                        .limit(6));
    }

    @ParameterizedTest
    @MethodSource("products")
    void products_areThoseOfRoundedOperands(Product p) {
        assertThat(kernels.keeps(p)).isEmpty();
        Random random = new Random(p.hashCode());
        float[] a = bf16(random, p.left(), 3);
        float[] b = bf16(random, p.right(), 0.02f);
        float[] got;
        try (DeviceArrays arrays = new DeviceArrays(device.memory(), queue)) {
            DeviceBuffer c = arrays.of(DataType.BF16, new float[FENCE + p.result()]);
            DeviceEvent[] events = kernels.roundedMatmul(
                    queue,
                    p,
                    whole(arrays.of(DataType.BF16, a)),
                    whole(arrays.of(DataType.BF16, b)),
                    new At(c, FENCE),
                    operands(arrays, p));
            got = arrays.after(events, c, FENCE + p.result());
        }
        for (int i = 0; i < FENCE; i++) {
            assertThat(got[i]).isZero();
        }
        Fp8Codes left = p.gradient() == Gradient.LEFT ? Fp8Codes.E5M2 : Fp8Codes.E4M3;
        Fp8Codes right = p.gradient() == Gradient.RIGHT ? Fp8Codes.E5M2 : Fp8Codes.E4M3;
        check(p, rounded(left, a), rounded(right, b), got);
    }

    private Operands operands(DeviceArrays arrays, Product p) {
        return new Operands(
                arrays.empty(DataType.E4M3, p.left()),
                arrays.empty(DataType.E4M3, p.right()),
                arrays.empty(kernels.roundingScratch()));
    }

    private static float[] bf16(Random random, int length, float most) {
        float[] out = new float[length];
        for (int i = 0; i < length; i++) {
            out[i] = random.nextFloat(-most, most);
        }
        return DataType.BF16.unpack(DataType.BF16.pack(out), length);
    }

    /** What is left of values that are scaled so that the largest becomes that of the format. */
    private static double[] rounded(Fp8Codes to, float[] values) {
        float most = 0;
        for (float v : values) {
            most = Math.max(most, Math.abs(v));
        }
        double[] out = new double[values.length];
        for (int i = 0; i < out.length; i++) {
            int code = to.nearest(to.largestValue() / most * values[i]);
            out[i] = to.value(code) * (most / to.largestValue());
        }
        return out;
    }

    private static void check(Product p, double[] a, double[] b, float[] got) {
        for (int i = 0; i < p.result(); i++) {
            int row = i / p.columns();
            int product = row / p.rows();
            double sum = 0;
            double size = 0;
            for (int k = 0; k < p.inner(); k++) {
                double term = p.scale()
                        * a[row * p.inner() + k]
                        * b[(product * p.inner() + k) * p.columns() + i % p.columns()];
                sum += term;
                size += Math.abs(term);
            }
            assertThat((double) got[FENCE + i])
                    .as("element %d", i)
                    .isCloseTo(sum, within(0x1p-8 * Math.abs(sum) + (p.inner() + 4) * 0x1p-24 * size));
        }
    }

    @Test
    void oneAfterTheOther_shareOperandsAndScratch() {
        Product p = Product.of(8, 16, 32);
        Random random = new Random(5);
        try (DeviceArrays arrays = new DeviceArrays(device.memory(), queue)) {
            Operands operands = operands(arrays, p);
            float[][] left = {bf16(random, p.left(), 1), bf16(random, p.left(), 100)};
            float[] right = bf16(random, p.right(), 1);
            At b = whole(arrays.of(DataType.BF16, right));
            DeviceBuffer[] results = new DeviceBuffer[2];
            for (int i = 0; i < 2; i++) {
                results[i] = arrays.of(DataType.BF16, new float[FENCE + p.result()]);
                At a = whole(arrays.of(DataType.BF16, left[i]));
                DeviceEvent.release(
                        List.of(kernels.roundedMatmul(queue, p, a, b, new At(results[i], FENCE), operands)));
            }
            for (int i = 0; i < 2; i++) {
                check(
                        p,
                        rounded(Fp8Codes.E4M3, left[i]),
                        rounded(Fp8Codes.E4M3, right),
                        arrays.read(results[i], FENCE + p.result()));
            }
        }
    }

    /** A matrix of more rows than blocks can turn: 65,535 times 128. */
    @ParameterizedTest
    @CsvSource({
        "5, 16, 16, 1, ''",
        "5, 24, 16, 1, 'whose columns or inner length are no multiples of 16'",
        "16, 16, 8, 1, 'whose columns or inner length are no multiples of 16'",
        "16, 16, 8388480, 1, ''",
        "16, 16, 8388496, 1, too long to be turned",
        "16, 16, 32768, 256, too long to be turned"
    })
    void shapes_decideWhatIsRounded(int rows, int columns, int inner, int count, String reason) {
        assertThat(kernels.keeps(new Product(rows, columns, inner, count, 1)).orElse(""))
                .isEqualTo(reason);
    }

    @Test
    void shapeWithoutAnAlgorithm_isKept_andAskedForOnce() {
        DoubleControls controls = DoubleControls.cublasLt();
        controls.refuse(7, 0, 32);
        try {
            int before = controls.searches();
            for (int i = 0; i < 3; i++) {
                assertThat(kernels.keeps(Product.of(7, 16, 32))).hasValue("that cuBLASLt has no algorithm for");
                assertThat(kernels.keeps(Product.of(8, 16, 32))).isEmpty();
            }
            assertThat(controls.searches()).isEqualTo(before + 2);
        } finally {
            controls.accept();
        }
    }

    @Test
    void failedSearch_isAFailure_andAskedForAgain() {
        DoubleControls.cublasLt().fail("cublasLtMatmulAlgoGetHeuristic", 1, 14);
        assertThatThrownBy(() -> kernels.keeps(Product.of(7, 16, 32)))
                .isInstanceOf(CudaException.class)
                .hasMessageContaining("CUBLAS_STATUS_INTERNAL_ERROR (14)");
        assertThat(kernels.keeps(Product.of(7, 16, 32))).isEmpty();
    }
}
