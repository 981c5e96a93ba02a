package dev.kneepoint.backend.cuda;

/** What the elements of a product are, and how it is summed: always in single precision. */
enum GemmType {
    /** Single precision throughout. CUDA_R_32F, CUBLAS_COMPUTE_32F_PEDANTIC. */
    F32(0, 69),
    /** Single precision whose factors lose 13 bits of their fraction on the way in. CUDA_R_32F, CUBLAS_COMPUTE_32F_FAST_TF32. */
    TF32(0, 77),
    /** CUDA_R_16BF, CUBLAS_COMPUTE_32F. */
    BF16(14, 68),
    /** CUDA_R_16F, CUBLAS_COMPUTE_32F. */
    F16(2, 68);

    private final int dataType;
    private final int computeType;

    GemmType(int dataType, int computeType) {
        this.dataType = dataType;
        this.computeType = computeType;
    }

    /** {@code cudaDataType_t} of the elements. */
    int dataType() {
        return dataType;
    }

    /** {@code cublasComputeType_t}. */
    int computeType() {
        return computeType;
    }
}
