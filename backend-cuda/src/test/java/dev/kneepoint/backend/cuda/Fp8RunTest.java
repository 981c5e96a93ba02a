package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kneepoint.backend.cuda.DoubleConfig.Device;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.workload.Precision;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans of eight and four bits: what is multiplied in FP8, what is said of the rest, and what failures do. */
@RequiresCompiler({"g++", "gcc", "nm"})
class Fp8RunTest {
    private static final String PRODUCTS = "products in fp8";
    private static final StepPlan FP8 = Runs.plan("ddp", 1, Precision.FP8);

    private static DoubleConfig machine(int capability, int count) {
        Device device = Device.A100.withCapability(capability).withName("Double H100");
        return DoubleConfig.of(count == 1 ? new Device[] {device} : new Device[] {device, device});
    }

    /** What a run says, after which nothing is left. */
    private static ExecutionResult run(DoubleConfig machine, StepPlan plan, String... options) {
        CudaDouble driver = CudaDouble.reset(machine);
        driver.idle(true);
        ExecutionResult result = Runs.whole(plan, options);
        Machine.isClean(driver);
        assertThat(DoubleControls.cublasLt().handles()).isZero();
        return result;
    }

    // What is said

    @ParameterizedTest
    @ValueSource(ints = {89, 90, 100})
    void planOfFp8_isComputedAsItSays(int capability) {
        ExecutionResult result = run(machine(capability, 1), FP8);
        assertThat(result.flags()).isEmpty();
        assertThat(result.origin().get(PRODUCTS))
                .matches("(\\d+) of \\1: E4M3 operands, E5M2 gradients, with a scale each, cast before every product");
    }

    @Test
    void planOfFp4_isMultipliedInFp8() {
        ExecutionResult result = run(machine(100, 1), Runs.plan("ddp", 1, Precision.FP4));
        assertThat(result.flags()).containsExactly("multiplied-in-fp8");
    }

    @Test
    void deviceWithoutFp8_computesInBf16() {
        ExecutionResult result = run(machine(80, 1), FP8);
        assertThat(result.flags()).containsExactly("computed-in-bf16");
        assertThat(result.origin())
                .containsEntry(PRODUCTS, "none: no device has FP8, which needs compute capability 8.9 or newer");
    }

    @Test
    void withoutCublas_itIsBf16() {
        ExecutionResult result = run(machine(90, 1), FP8, "cuda.cublas", "off");
        assertThat(result.flags()).containsExactly("computed-in-bf16", "own-matmul");
        assertThat(result.origin()).containsEntry(PRODUCTS, "none: cuda.cublas is off");
    }

    @Test
    void cublasWithoutCublasLt_isBf16() {
        ExecutionResult result =
                run(machine(90, 1), FP8, "cuda.cublas", NativeDoubles.cublas13().toString());
        assertThat(result.flags()).containsExactly("computed-in-bf16");
        assertThat(result.origin().get(PRODUCTS)).startsWith("none: libcublasLt.so.13 cannot be loaded");
    }

    /** Halves of a sequence of 16 leave 8 tokens to sum over in gradients of weights. */
    @Test
    void shapesThatDoNotSuit_stayInBf16() {
        ExecutionResult result = run(machine(90, 2), Runs.plan("ddp,cp=2", 2, Precision.FP8));
        assertThat(result.flags()).containsExactly("some-products-in-bf16");
        assertThat(result.origin().get(PRODUCTS))
                .doesNotMatch("(\\d+) of \\1:.*")
                .matches(".*; in BF16: \\d+ whose columns or inner length are no multiples of 16");
    }

    // Shapes that cuBLASLt has no algorithm for

    private static Stream<Op.Matmul> quantised() {
        return FP8.programs().getFirst().segments().stream()
                .flatMap(s -> s.blocks().stream())
                .flatMap(b -> b.ops().stream())
                .filter(Op.Matmul.class::isInstance)
                .map(Op.Matmul.class::cast)
                .filter(Op.Matmul::quantised);
    }

    private static <T> T refusing(int inner, Supplier<T> body) {
        DoubleControls.cublasLt().refuse(0, 0, inner);
        try {
            return body.get();
        } finally {
            DoubleControls.cublasLt().accept();
        }
    }

    @Test
    void productsWithoutAnAlgorithm_areMultipliedInBf16_andCounted() {
        int inner = 16;
        long all = quantised().count();
        long without = quantised().filter(m -> m.inner() == inner).count();
        assertThat(without).isBetween(1L, all - 1);
        ExecutionResult result = refusing(inner, () -> run(machine(90, 1), FP8));
        assertThat(result.flags()).containsExactly("some-products-in-bf16");
        assertThat(result.origin())
                .containsEntry(
                        PRODUCTS,
                        (all - without) + " of " + all
                                + ": E4M3 operands, E5M2 gradients, with a scale each, cast before every product; in BF16: "
                                + without
                                + " that cuBLASLt has no algorithm for");
    }

    @Test
    void withoutAnyAlgorithm_itIsBf16() {
        ExecutionResult result = refusing(0, () -> run(machine(90, 1), FP8));
        assertThat(result.flags()).containsExactly("computed-in-bf16");
        assertThat(result.origin())
                .containsEntry(PRODUCTS, "none: " + quantised().count() + " that cuBLASLt has no algorithm for");
    }

    /** A search that finds nothing says so by its status or by finding none. */
    @ParameterizedTest
    @ValueSource(ints = {0, 15})
    void searchesThatFindNothing_areNoFailures(int status) {
        DoubleControls.cublasLt().fail("cublasLtMatmulAlgoGetHeuristic", 2, status);
        ExecutionResult result = run(machine(90, 1), FP8);
        assertThat(result.flags()).containsExactly("some-products-in-bf16");
        assertThat(result.origin().get(PRODUCTS)).endsWith(" that cuBLASLt has no algorithm for");
    }

    @Test
    void otherPlans_areNoMatterOfFp8() {
        ExecutionResult result = run(machine(90, 1), Runs.plan("ddp", 1, Precision.BF16));
        assertThat(result.flags()).isEmpty();
        assertThat(result.origin()).doesNotContainKey(PRODUCTS);
    }

    @Test
    void ranksAlone_haveTheirCastsMeasuredInTheirProducts() {
        ExecutionResult result = run(machine(90, 1), FP8, "cuda.ranks", "one-per-stage");
        assertThat(result.flags()).containsExactly("communication-simulated");
        assertThat(result.origin().get(PRODUCTS)).isNotNull().doesNotStartWith("none");
    }

    // Failures

    /** Algorithms are looked for before anything runs: that has no rank and no op. */
    @ParameterizedTest
    @CsvSource({
        "cublasLtCreate, 1, 1",
        "cublasLtMatmulDescCreate, 1, 14",
        "cublasLtMatmulDescSetAttribute, 3, 14",
        "cublasLtMatrixLayoutCreate, 2, 14",
        "cublasLtMatmulPreferenceCreate, 1, 14",
        "cublasLtMatmulPreferenceSetAttribute, 2, 14",
        "cublasLtMatmulAlgoGetHeuristic, 1, 14",
        "cublasLtMatmulHeuristicResult_t.state, 2, 14",
    })
    void searchThatFails_endsTheRun_andTheBackendWorksAgain(String function, int nth, int status) {
        CudaDouble driver = CudaDouble.reset(Runs.HOPPER);
        driver.idle(true);
        DoubleControls.cublasLt().fail(function, nth, status);
        try (Backend backend = Runs.open()) {
            assertThatThrownBy(() -> Runs.run(backend, FP8)).isInstanceOfSatisfying(CudaException.class, e -> {
                assertThat(e.library()).isEqualTo("cuBLAS");
                assertThat(e.code()).isEqualTo(status);
                assertThat(e.rank()).isEmpty();
            });
            assertThat(Runs.run(backend, FP8).flags()).isEmpty();
        }
        Machine.isClean(driver);
        assertThat(DoubleControls.cublasLt().handles()).isZero();
    }

    /** The first handle only looks for algorithms, once for each shape; the second one multiplies. */
    @ParameterizedTest
    @CsvSource({
        "cublasLtCreate, 2, 1",
        "cublasLtMatmulDescCreate, SHAPES, 14",
        "cublasLtMatrixLayoutCreate, SHAPES, 14",
        "cublasLtMatmulAlgoGetHeuristic, SHAPES, 15",
        "cublasLtMatmul, 1, 13",
        "cublasLtMatmul, 9, 14"
    })
    void cublasLtThatFails_namesTheOp_andTheBackendWorksAgain(String function, String nth, int status) {
        CudaDouble driver = CudaDouble.reset(Runs.HOPPER);
        driver.idle(true);
        DoubleControls.cublasLt()
                .fail(function, nth.equals("SHAPES") ? firstAfterSearches(function) : Integer.parseInt(nth), status);
        try (Backend backend = Runs.open()) {
            assertThatThrownBy(() -> Runs.run(backend, FP8)).isInstanceOfSatisfying(CudaException.class, e -> {
                assertThat(e.library()).isEqualTo("cuBLAS");
                assertThat(e.call()).startsWith(function);
                assertThat(e.op()).isPresent();
                assertThat(e.rank()).hasValue(0);
            });
            assertThat(Runs.run(backend, FP8).flags()).isEmpty();
        }
        Machine.isClean(driver);
        assertThat(DoubleControls.cublasLt().handles()).isZero();
    }

    /** A search makes one description and three layouts. */
    private static int firstAfterSearches(String function) {
        int each = function.equals("cublasLtMatrixLayoutCreate") ? 3 : 1;
        return each * shapes() + 1;
    }

    private static int shapes() {
        return (int) quantised()
                .map(m -> m.shape() + OpSizes.isInputGradient(m) + OpSizes.isWeightGradient(m))
                .distinct()
                .count();
    }

    /** A product is a search and a cast, a search and a cast that turns, and what cuBLASLt does. */
    @Test
    void launchThatFails_namesTheOp_andTheBackendWorksAgain() {
        List<String> gradients =
                List.of("cuLaunchKernel of cast_e5m2_bf16", "cuLaunchKernel of cast_transpose_e5m2_bf16");
        CudaDouble driver = CudaDouble.reset(Runs.HOPPER);
        driver.idle(true);
        Set<String> failed = new HashSet<>();
        try (Backend backend = Runs.open()) {
            for (int nth = 1; nth <= 40 || nth < 1000 && !failed.containsAll(gradients); nth += nth < 40 ? 1 : 3) {
                driver.failAt("cuLaunchKernel", nth, 999);
                CudaException e = catchThrowableOfType(CudaException.class, () -> Runs.run(backend, FP8));
                assertThat(e).hasMessageContaining("CUDA_ERROR_UNKNOWN (999)");
                failed.add(e.call());
                assertThat(Runs.run(backend, FP8).flags()).isEmpty();
            }
        }
        assertThat(failed)
                .containsAll(gradients)
                .contains(
                        "cuLaunchKernel of largest_bf16",
                        "cuLaunchKernel of cast_e4m3_bf16",
                        "cuLaunchKernel of cast_transpose_e4m3_bf16");
        Machine.isClean(driver);
    }

    /** Kernels run for real, and late: what is not ordered would show as a violation or as numbers that are none. */
    @Test
    void wholeRuns_leaveNothing() {
        CudaDouble driver = CudaDouble.reset(Runs.HOPPER);
        try (Backend backend = Runs.open()) {
            for (String strategy : List.of("ddp", "fsdp")) {
                assertThat(Runs.run(backend, Runs.plan(strategy, 2, Precision.FP8))
                                .flags())
                        .containsExactly("oversubscribed");
            }
        }
        Machine.isClean(driver);
        assertThat(DoubleControls.cublasLt().handles()).isZero();
    }
}
