package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong, on the double. */
@RequiresCompiler("g++")
class CublasLtFaultTest extends OnCublasLt {
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
    @ValueSource(ints = {0, 1, 2})
    void pointers_areAligned(int which) {
        long[] pointers = {1024, 2048, 4096};
        pointers[which] += 8;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> lt.matmul(SMALL, 1, pointers[0], 4, pointers[1], 4, pointers[2]))
                .withMessageContaining("multiples of 16");
    }
}
