package dev.kneepoint.backend.cuda;

/** Names of the codes that cuBLAS and cuBLASLt answer with: {@code cublasStatus_t}. */
final class CublasStatus {
    static final int SUCCESS = 0;
    static final int NOT_SUPPORTED = 15;

    private CublasStatus() {}

    static String name(int code) {
        return switch (code) {
            case SUCCESS -> "CUBLAS_STATUS_SUCCESS";
            case 1 -> "CUBLAS_STATUS_NOT_INITIALIZED";
            case 3 -> "CUBLAS_STATUS_ALLOC_FAILED";
            case 7 -> "CUBLAS_STATUS_INVALID_VALUE";
            case 8 -> "CUBLAS_STATUS_ARCH_MISMATCH";
            case 11 -> "CUBLAS_STATUS_MAPPING_ERROR";
            case 13 -> "CUBLAS_STATUS_EXECUTION_FAILED";
            case 14 -> "CUBLAS_STATUS_INTERNAL_ERROR";
            case NOT_SUPPORTED -> "CUBLAS_STATUS_NOT_SUPPORTED";
            case 16 -> "CUBLAS_STATUS_LICENSE_ERROR";
            default -> "a status that cuBLAS does not document";
        };
    }
}
