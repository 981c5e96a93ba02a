package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CudaExceptionTest {
    private final CudaException failure =
            CudaException.driver("cuMemAlloc of 8 bytes", 2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory");

    @Test
    void message_saysWhat() {
        assertThat(failure)
                .hasMessage(
                        "CUDA driver: cuMemAlloc of 8 bytes failed with CUDA_ERROR_OUT_OF_MEMORY (2): out of memory");
        assertThat(CudaException.cublas("cublasCreate", 1, ""))
                .hasMessage("cuBLAS: cublasCreate failed with CUBLAS_STATUS_NOT_INITIALIZED (1)");
        assertThat(CudaException.nvml("nvmlInit", 9, ""))
                .hasMessage("NVML: nvmlInit failed with NVML_ERROR_DRIVER_NOT_LOADED (9)");
    }

    @Test
    void withoutAPlace_placesAreEmpty() {
        assertThat(failure.rank()).isEmpty();
        assertThat(failure.op()).isEmpty();
        assertThat(failure.device()).isEmpty();
        assertThat(CudaException.nvml("nvmlInit", 9, "").text()).isEmpty();
    }

    @Test
    void at_saysWhere() {
        CudaException there = failure.at(3, "attention", "NVIDIA H100 (0)");
        assertThat(there)
                .hasMessage("rank 3, op 'attention', on NVIDIA H100 (0): " + failure.getMessage())
                .hasCause(failure);
        assertThat(there.rank()).hasValue(3);
        assertThat(there.op()).contains("attention");
        assertThat(there.device()).contains("NVIDIA H100 (0)");
        assertThat(there.library()).isEqualTo("CUDA driver");
        assertThat(there.call()).isEqualTo("cuMemAlloc of 8 bytes");
        assertThat(there.code()).isEqualTo(2);
        assertThat(there.error()).isEqualTo("CUDA_ERROR_OUT_OF_MEMORY");
        assertThat(there.text()).contains("out of memory");
    }

    @Test
    void at_keepsWhatIsKnown() {
        CudaException there = failure.at(3, "", "");
        assertThat(there).hasMessageStartingWith("rank 3, between ops: CUDA driver");
        assertThat(there.at(4, "other", "elsewhere")).isSameAs(there);
    }
}
