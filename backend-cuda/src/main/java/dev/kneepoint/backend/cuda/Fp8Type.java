package dev.kneepoint.backend.cuda;

/** Formats of eight bits (arXiv 2209.05433): one for weights and activations, one for gradients. */
enum Fp8Type {
    /** CUDA_R_8F_E4M3: four bits of exponent, three of mantissa. */
    E4M3(28, "e4m3"),
    /** CUDA_R_8F_E5M2: five bits of exponent, two of mantissa. */
    E5M2(29, "e5m2");

    private final int dataType;
    private final String cast;
    private final String castTurned;

    Fp8Type(int dataType, String suffix) {
        this.dataType = dataType;
        this.cast = "cast_" + suffix;
        this.castTurned = "cast_transpose_" + suffix;
    }

    /** {@code cudaDataType_t}. */
    int dataType() {
        return dataType;
    }

    /** The kernel that casts to it. */
    String cast() {
        return cast;
    }

    /** The kernel that casts to it and turns the matrix. */
    String castTurned() {
        return castTurned;
    }
}
