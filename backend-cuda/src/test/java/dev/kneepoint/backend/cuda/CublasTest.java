package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** On the double, against double precision. */
@RequiresCompiler("g++")
class CublasTest extends OnCublas {
    private static final long STREAM = 0x51;
    private static final float SCALE = 0.3f;
    private static final GemmShape SMALL = new GemmShape(2, 3, 4, 1);

    private final CublasLibrary library =
            CublasLibrary.open(NativeDoubles.cublas().toString()).found().orElseThrow();
    private Cublas cublas;

    CublasTest() {
        super(DoubleControls.cublas());
    }

    @BeforeEach
    void open() {
        cublas = Cublas.open(library);
        cublas.stream(STREAM);
        cublas.workspace(workspace(1024), 1024);
    }

    @AfterEach
    void close() {
        cublas.close();
    }

    private static ElementType elements(GemmType type) {
        return switch (type) {
            case F32, TF32 -> ElementType.F32;
            case BF16 -> ElementType.BF16;
            case F16 -> ElementType.F16;
        };
    }

    // Products

    static Stream<Arguments> shapes() {
        Random random = new Random(20261201);
        return Stream.of(GemmType.values())
                .flatMap(t -> Stream.concat(
                        Stream.of(
                                Arguments.of(t, new GemmShape(1, 1, 1, 1)),
                                Arguments.of(t, new GemmShape(1, 37, 64, 1)),
                                Arguments.of(t, new GemmShape(65, 1, 17, 3)),
                                Arguments.of(t, new GemmShape(64, 128, 32, 2))),
                        Stream.generate(() -> Arguments.of(
                                        t,
                                        new GemmShape(
                                                random.nextInt(1, 70),
                                                random.nextInt(1, 70),
                                                random.nextInt(1, 70),
                                                random.nextInt(1, 4))))
                                .limit(10)));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void products_areThoseOfDoublePrecision(GemmType type, GemmShape shape) {
        ElementType elements = elements(type);
        Random random = new Random(shape.hashCode());
        HostArray a = HostArray.random(arena, elements, shape.count() * shape.rows() * shape.inner(), random);
        HostArray b = HostArray.random(arena, elements, shape.count() * shape.inner() * shape.columns(), random);
        HostArray c = HostArray.random(arena, elements, shape.count() * shape.rows() * shape.columns(), random);
        cublas.matmul(shape, type, SCALE, a.address(), b.address(), c.address());
        for (int i = 0; i < c.length(); i++) {
            double sum = 0;
            double size = 0;
            int row = i / shape.columns();
            for (int k = 0; k < shape.inner(); k++) {
                int inB = (row / shape.rows() * shape.inner() + k) * shape.columns() + i % shape.columns();
                double term = SCALE * rounded(type, a.get(row * shape.inner() + k)) * rounded(type, b.get(inB));
                sum += term;
                size += Math.abs(term);
            }
            c.assertClose(i, sum, elements.rounding(sum) + 0x1p-24 * size);
        }
        c.assertFenceIsUntouched();
    }

    /** TF32 has ten bits of fraction. */
    private static double rounded(GemmType type, float value) {
        if (type != GemmType.TF32) {
            return value;
        }
        double unit = Math.scalb(1.0, Math.getExponent(value) - 10);
        return Math.rint(value / unit) * unit;
    }

    @Test
    void tf32_isRoundedAndF32IsNot() {
        HostArray a = HostArray.of(arena, ElementType.F32, 1 + 0x1p-12f);
        HostArray b = HostArray.of(arena, ElementType.F32, 1);
        HostArray c = HostArray.of(arena, ElementType.F32, 0);
        GemmShape one = new GemmShape(1, 1, 1, 1);
        cublas.matmul(one, GemmType.TF32, 1, a.address(), b.address(), c.address());
        assertThat(c.get(0)).isEqualTo(1);
        cublas.matmul(one, GemmType.F32, 1, a.address(), b.address(), c.address());
        assertThat(c.get(0)).isEqualTo(1 + 0x1p-12f);
    }

    @Test
    void whatWasInTheResult_isNotRead() {
        HostArray one = HostArray.of(arena, ElementType.F32, 1);
        HostArray c = HostArray.of(arena, ElementType.F32, Float.NaN);
        cublas.matmul(new GemmShape(1, 1, 1, 1), GemmType.F32, 2, one.address(), one.address(), c.address());
        assertThat(c.get(0)).isEqualTo(2);
    }

    // Streams and workspaces

    @Test
    void workspace_outlastsAChangeOfStream() {
        cublas.stream(STREAM + 1);
        assertThat(product(SMALL)).isFinite();
    }

    @Test
    void theDouble_insistsOnAStream() {
        cublas.stream(0);
        assertThat(catchThrowableOfType(CudaException.class, () -> product(SMALL))
                        .error())
                .isEqualTo("CUBLAS_STATUS_INTERNAL_ERROR");
    }

    @ParameterizedTest
    @CsvSource({"0, 1024", "128, 1024", "256, 0"})
    void workspace_isRefusedWhereCublasWouldRefuseIt(long pointer, long bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cublas.workspace(pointer, bytes))
                .withMessageContaining("multiple of 256");
    }

    private float product(GemmShape shape) {
        Random random = new Random(1);
        HostArray a = HostArray.random(arena, ElementType.F32, shape.count() * shape.rows() * shape.inner(), random);
        HostArray b = HostArray.random(arena, ElementType.F32, shape.count() * shape.inner() * shape.columns(), random);
        HostArray c = HostArray.random(arena, ElementType.F32, shape.count() * shape.rows() * shape.columns(), random);
        cublas.matmul(shape, GemmType.F32, 1, a.address(), b.address(), c.address());
        return c.get(0);
    }

    // Failures

    @ParameterizedTest
    @CsvSource({
        "cublasSetStream_v2, 1, cublasSetStream, CUBLAS_STATUS_NOT_INITIALIZED",
        "cublasSetWorkspace_v2, 7, cublasSetWorkspace, CUBLAS_STATUS_INVALID_VALUE",
        "cublasGemmEx, 13, cublasGemmEx of GemmShape, CUBLAS_STATUS_EXECUTION_FAILED",
        "cublasGemmStridedBatchedEx, 8, cublasGemmStridedBatchedEx of GemmShape, CUBLAS_STATUS_ARCH_MISMATCH",
    })
    void failure_hasCallCodeAndName(String function, int status, String call, String name) {
        controls.fail(function, 1, status);
        CudaException failure = catchThrowableOfType(CudaException.class, () -> {
            cublas.stream(STREAM);
            product(SMALL);
            product(new GemmShape(1, 2, 3, 4));
        });
        assertThat(failure.library()).isEqualTo("cuBLAS");
        assertThat(failure.call()).startsWith(call);
        assertThat(failure.code()).isEqualTo(status);
        assertThat(failure.error()).isEqualTo(name);
        assertThat(failure.text()).contains("the double says no");
    }

    @ParameterizedTest
    @CsvSource({"cublasCreate_v2, cublasCreate", "cublasSetMathMode, cublasSetMathMode"})
    void failureToOpen_leavesNothing(String function, String call) {
        controls.fail(function, 1, 3);
        assertThatThrownBy(() -> Cublas.open(library))
                .isInstanceOf(CudaException.class)
                .hasMessage("cuBLAS: " + call + " failed with CUBLAS_STATUS_ALLOC_FAILED (3): the double says no");
        assertThat(controls.handles()).isEqualTo(1);
    }

    @Test
    void failureToOpen_keepsTheFailureToClose() {
        controls.fail("cublasSetMathMode", 1, 14);
        controls.fail("cublasDestroy_v2", 1, 13);
        CudaException failure = catchThrowableOfType(CudaException.class, () -> Cublas.open(library));
        assertThat(failure.code()).isEqualTo(14);
        assertThat(failure.getSuppressed()).hasSize(1);
        // The double's handle is lost, as cuBLAS's would be.
        assertThat(controls.handles()).isEqualTo(2);
        controls.forget(1);
    }

    @Test
    void close_failsOnceAndIsNotTriedAgain() {
        controls.fail("cublasDestroy_v2", 1, 14);
        assertThatThrownBy(cublas::close)
                .hasMessageContaining("cublasDestroy failed with CUBLAS_STATUS_INTERNAL_ERROR");
        cublas.close();
        controls.forget(1);
    }

    @Test
    void closed_refusesEverything() {
        cublas.close();
        assertThatIllegalStateException().isThrownBy(() -> product(SMALL)).withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> cublas.stream(STREAM));
        assertThatIllegalStateException().isThrownBy(() -> cublas.workspace(256, 1));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1, 1, rows", "1, 0, 1, 1, columns", "1, 1, 0, 1, inner", "1, 1, 1, 0, count"})
    void shapes_areNotEmpty(int rows, int columns, int inner, int count, String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GemmShape(rows, columns, inner, count))
                .withMessageStartingWith(name + " must be between 1 and");
    }

    @Test
    void statuses_haveNames() {
        assertThat(CublasStatus.name(0)).isEqualTo("CUBLAS_STATUS_SUCCESS");
        assertThat(CublasStatus.name(11)).isEqualTo("CUBLAS_STATUS_MAPPING_ERROR");
        assertThat(CublasStatus.name(15)).isEqualTo("CUBLAS_STATUS_NOT_SUPPORTED");
        assertThat(CublasStatus.name(16)).isEqualTo("CUBLAS_STATUS_LICENSE_ERROR");
        assertThat(CublasStatus.name(2)).contains("does not document");
    }

    // Cost

    @Test
    void calls_allocateNothing() {
        HostArray one = HostArray.of(arena, ElementType.F32, 1);
        HostArray c = HostArray.of(arena, ElementType.F32, 0, 0);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        GemmShape shape = new GemmShape(1, 1, 1, 1);
        GemmShape batched = new GemmShape(1, 1, 1, 2);
        HostArray two = HostArray.of(arena, ElementType.F32, 1, 1);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                cublas.matmul(shape, GemmType.F32, 1, one.address(), one.address(), c.address());
                cublas.matmul(batched, GemmType.F32, 1, two.address(), two.address(), c.address());
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes in 2000 calls").isLessThan(2000);
    }
}
