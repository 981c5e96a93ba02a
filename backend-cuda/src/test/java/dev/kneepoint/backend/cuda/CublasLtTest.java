package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On the double, against double precision. */
@RequiresCompiler("g++")
class CublasLtTest {
    private static final long STREAM = 0x51;
    private static final float SCALE = 0.5f;
    private static final float A_SCALE = 0.03f;
    private static final float B_SCALE = 7;
    private static final Fp8Shape SMALL = new Fp8Shape(3, 16, 32, Fp8Shape.Output.BF16, true);

    private final Arena arena = Arena.ofConfined();
    private final DoubleControls controls = DoubleControls.cublasLt();
    private final CublasLtLibrary library = CublasLtLibrary.beside(
                    CublasLibrary.open(NativeDoubles.cublas().toString())
                            .found()
                            .orElseThrow())
            .found()
            .orElseThrow();
    private final HostArray aScale = HostArray.of(arena, ElementType.F32, A_SCALE);
    private final HostArray bScale = HostArray.of(arena, ElementType.F32, B_SCALE);
    private CublasLt lt;

    @BeforeEach
    void open() {
        controls.alone(true);
        lt = CublasLt.open(library);
        lt.stream(STREAM);
        lt.workspace(workspace(4096), 4096);
    }

    @AfterEach
    void nothingIsLeft() {
        lt.close();
        controls.alone(false);
        arena.close();
        assertThat(controls.handles()).as("objects that nobody destroyed").isZero();
    }

    private long workspace(long bytes) {
        return arena.allocate(bytes, Workspace.ALIGNMENT).address();
    }

    // Products

    private static Fp8Shape gradients(Fp8Type left, Fp8Type right) {
        return new Fp8Shape(5, 32, 48, 64, left, right, Fp8Shape.Output.BF16, false);
    }

    static Stream<Fp8Shape> shapes() {
        Random random = new Random(20261202);
        return Stream.concat(
                Stream.of(
                        SMALL,
                        new Fp8Shape(1, 16, 16, Fp8Shape.Output.F32, false),
                        gradients(Fp8Type.E5M2, Fp8Type.E4M3),
                        gradients(Fp8Type.E4M3, Fp8Type.E5M2)),
                Stream.generate(() -> new Fp8Shape(
                                random.nextInt(1, 70),
                                16 * random.nextInt(1, 5),
                                16 * random.nextInt(1, 7),
                                random.nextInt(7, 9) * 16,
                                random.nextInt(3) == 0 ? Fp8Type.E5M2 : Fp8Type.E4M3,
                                Fp8Type.E4M3,
                                random.nextBoolean() ? Fp8Shape.Output.BF16 : Fp8Shape.Output.F32,
                                random.nextBoolean()))
                        .limit(10));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void products_areThoseOfDoublePrecision(Fp8Shape shape) {
        ElementType output = shape.output() == Fp8Shape.Output.BF16 ? ElementType.BF16 : ElementType.F32;
        Random random = new Random(shape.hashCode());
        Fp8Codes left = Fp8Codes.of(shape.left());
        Fp8Codes right = Fp8Codes.of(shape.right());
        MemorySegment a = codes(left, shape.rows() * shape.inner(), random);
        MemorySegment b = codes(right, shape.columns() * shape.pitch(), random);
        HostArray d = HostArray.random(arena, output, shape.rows() * shape.columns(), random);
        lt.matmul(shape, SCALE, a.address(), aScale.address(), b.address(), bScale.address(), d.address());
        for (int i = 0; i < d.length(); i++) {
            double sum = 0;
            double size = 0;
            for (int k = 0; k < shape.inner(); k++) {
                double x = value(left, a, (long) (i / shape.columns()) * shape.inner() + k);
                double y = value(right, b, (long) (i % shape.columns()) * shape.pitch() + k);
                double term = (double) SCALE * A_SCALE * B_SCALE * x * y;
                sum += term;
                size += Math.abs(term);
            }
            d.assertClose(i, sum, output.rounding(sum) + 0x1p-24 * size);
        }
        d.assertFenceIsUntouched();
    }

    /** Every code of a number. */
    private MemorySegment codes(Fp8Codes format, int length, Random random) {
        MemorySegment memory = arena.allocate(length, CublasLt.ALIGNMENT);
        for (int i = 0; i < length; i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) (random.nextInt(format.largest + 1) | random.nextInt(2) << 7));
        }
        return memory;
    }

    private static double value(Fp8Codes format, MemorySegment codes, long index) {
        return format.value(codes.get(ValueLayout.JAVA_BYTE, index) & 0xff);
    }

    @Test
    void scales_mayChangeBetweenProducts() {
        HostArray two = HostArray.of(arena, ElementType.F32, 2);
        HostArray d = HostArray.of(arena, ElementType.F32, new float[16]);
        MemorySegment ones = arena.allocate(16 * 16, CublasLt.ALIGNMENT).fill((byte) 0x38);
        Fp8Shape shape = new Fp8Shape(1, 16, 16, Fp8Shape.Output.F32, false);
        lt.matmul(shape, 1, ones.address(), aScale.address(), ones.address(), two.address(), d.address());
        assertThat(d.get(0)).isEqualTo(2 * 16 * A_SCALE);
        lt.matmul(shape, 1, ones.address(), two.address(), ones.address(), two.address(), d.address());
        assertThat(d.get(0)).isEqualTo(4 * 16);
    }

    @Test
    void withoutAScale_itIsOne() {
        HostArray d = HostArray.of(arena, ElementType.F32, new float[16]);
        MemorySegment ones = arena.allocate(16 * 16, CublasLt.ALIGNMENT).fill((byte) 0x38);
        Fp8Shape shape = new Fp8Shape(1, 16, 16, Fp8Shape.Output.F32, false);
        lt.matmul(shape, 1, ones.address(), aScale.address(), ones.address(), bScale.address(), d.address());
        lt.matmul(shape, 1, ones.address(), 0, ones.address(), 0, d.address());
        assertThat(d.get(0)).isEqualTo(16);
    }

    @Test
    void fastAccumulation_isAskedFor() {
        int before = controls.fastProducts();
        product(SMALL);
        assertThat(controls.fastProducts()).isEqualTo(before + 1);
        product(new Fp8Shape(3, 16, 32, Fp8Shape.Output.BF16, false));
        assertThat(controls.fastProducts()).isEqualTo(before + 1);
    }

    // Plans

    @Test
    void plans_areKeptByShape() {
        product(SMALL);
        int handles = controls.handles();
        product(new Fp8Shape(3, 16, 32, Fp8Shape.Output.BF16, true));
        assertThat(controls.handles()).isEqualTo(handles);
        product(new Fp8Shape(3, 16, 32, Fp8Shape.Output.BF16, false));
        assertThat(controls.handles()).isGreaterThan(handles);
    }

    @Test
    void prepare_makesThePlan() {
        lt.prepare(SMALL);
        int handles = controls.handles();
        product(SMALL);
        assertThat(controls.handles()).isEqualTo(handles);
    }

    @Test
    void anotherSizeOfWorkspace_givesPlansUp() {
        product(SMALL);
        lt.workspace(workspace(256), 4096);
        assertThat(controls.handles()).isGreaterThan(1);
        lt.workspace(workspace(256), 256);
        assertThat(controls.handles()).isEqualTo(1);
        product(SMALL);
    }

    @Test
    void products_needNoWorkspace() {
        lt.close();
        lt = CublasLt.open(library);
        lt.stream(STREAM);
        product(SMALL);
    }

    private void product(Fp8Shape shape) {
        MemorySegment a = arena.allocate((long) shape.rows() * shape.inner(), CublasLt.ALIGNMENT);
        MemorySegment b = arena.allocate((long) shape.columns() * shape.inner(), CublasLt.ALIGNMENT);
        MemorySegment d = arena.allocate(4L * shape.rows() * shape.columns(), CublasLt.ALIGNMENT);
        lt.matmul(shape, 1, a.address(), aScale.address(), b.address(), bScale.address(), d.address());
    }

    // Failures

    @ParameterizedTest
    @CsvSource({
        "cublasLtMatmulDescCreate, 1",
        "cublasLtMatmulDescSetAttribute, 1",
        "cublasLtMatmulDescSetAttribute, 2",
        "cublasLtMatmulDescSetAttribute, 3",
        "cublasLtMatmulDescSetAttribute, 4",
        "cublasLtMatmulDescSetAttribute, 5",
        "cublasLtMatrixLayoutCreate, 1",
        "cublasLtMatrixLayoutCreate, 3",
        "cublasLtMatmulPreferenceCreate, 1",
        "cublasLtMatmulPreferenceSetAttribute, 1",
        "cublasLtMatmulPreferenceSetAttribute, 5",
        "cublasLtMatmulAlgoGetHeuristic, 1",
        "cublasLtMatmul, 1",
    })
    void failure_hasCallCodeAndName(String function, int nth) {
        controls.fail(function, nth, 14);
        CudaException failure = catchThrowableOfType(CudaException.class, () -> product(SMALL));
        assertThat(failure.call()).startsWith(function);
        assertThat(failure.error()).isEqualTo("CUBLAS_STATUS_INTERNAL_ERROR");
        assertThat(failure.text()).contains("the double says no");
        product(SMALL);
    }

    @Test
    void aDeviceWithoutAnAlgorithm_isNotSupported() {
        controls.fail("cublasLtMatmulAlgoGetHeuristic", 1, 0);
        assertThatThrownBy(() -> lt.prepare(SMALL))
                .hasMessage("cuBLAS: cublasLtMatmulAlgoGetHeuristic of " + SMALL
                        + " failed with CUBLAS_STATUS_NOT_SUPPORTED (15): the double does not support this");
    }

    @Test
    void anAlgorithmThatFailed_isAFailure() {
        controls.fail("cublasLtMatmulHeuristicResult_t.state", 1, 8);
        assertThat(catchThrowableOfType(CudaException.class, () -> lt.prepare(SMALL))
                        .code())
                .isEqualTo(8);
    }

    @Test
    void failureToOpen_leavesNothing() {
        controls.fail("cublasLtCreate", 1, 1);
        assertThatThrownBy(() -> CublasLt.open(library))
                .hasMessageContaining("cublasLtCreate failed with CUBLAS_STATUS_NOT_INITIALIZED (1)");
        assertThat(controls.handles()).isEqualTo(1);
    }

    @Test
    void close_givesTheRestBackAfterAFailure() {
        product(SMALL);
        controls.fail("cublasLtMatrixLayoutDestroy", 2, 7);
        controls.fail("cublasLtDestroy", 1, 14);
        CudaException failure = catchThrowableOfType(CudaException.class, lt::close);
        assertThat(failure.call()).isEqualTo("cublasLtMatrixLayoutDestroy");
        assertThat(failure.getSuppressed()).hasSize(1);
        // What it did not take: a layout and the handle.
        assertThat(controls.handles()).isEqualTo(2);
        controls.forget(2);
    }

    @Test
    void closed_refusesEverything() {
        lt.close();
        assertThatIllegalStateException().isThrownBy(() -> product(SMALL)).withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> lt.stream(STREAM));
        assertThatIllegalStateException().isThrownBy(() -> lt.workspace(256, 1));
        assertThatIllegalStateException().isThrownBy(() -> lt.prepare(SMALL));
    }

    @ParameterizedTest
    @CsvSource({
        "15, 16, 'FP8 products need columns in multiples of 16, not 15; nearest: 16'",
        "16, 39, 'FP8 products need inner in multiples of 16, not 39; nearest: 32'",
        "0, 16, 'FP8 products need columns in multiples of 16, not 0; nearest: 16'",
    })
    void shapes_areInPieces(int columns, int inner, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Fp8Shape(1, columns, inner, Fp8Shape.Output.F32, false))
                .withMessage(message);
    }

    @Test
    void gradientsOnBothSides_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> gradients(Fp8Type.E5M2, Fp8Type.E5M2))
                .withMessage("FP8 products need E4M3 on at least one side, not E5M2 on both");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void pointers_areAligned(int which) {
        long[] pointers = {1024, 2048, 4096};
        pointers[which] += 8;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> lt.matmul(SMALL, 1, pointers[0], 4, pointers[1], 4, pointers[2]))
                .withMessageContaining("multiples of 16");
    }

    // Cost

    @ParameterizedTest
    @EnumSource(Fp8Shape.Output.class)
    void calls_allocateNothing(Fp8Shape.Output output) {
        Fp8Shape shape = new Fp8Shape(1, 16, 16, output, true);
        long a = arena.allocate(256, CublasLt.ALIGNMENT).address();
        long d = arena.allocate(64, CublasLt.ALIGNMENT).address();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                lt.matmul(shape, 1, a, aScale.address(), a, bScale.address(), d);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes in 1000 calls").isLessThan(1000);
    }
}
