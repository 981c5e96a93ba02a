package dev.kneepoint.backend.nccl;

/** The types of elements that NCCL has: {@code ncclDataType_t}. */
enum NcclType {
    INT8(0, 1),
    UINT8(1, 1),
    INT32(2, 4),
    UINT32(3, 4),
    INT64(4, 8),
    UINT64(5, 8),
    FLOAT16(6, 2),
    FLOAT32(7, 4),
    FLOAT64(8, 8),
    BFLOAT16(9, 2),
    /** From {@link NcclFeature#FP8} on. */
    FLOAT8_E4M3(10, 1),
    /** From {@link NcclFeature#FP8} on. */
    FLOAT8_E5M2(11, 1);

    private final int code;
    private final int bytes;

    NcclType(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    /** NCCL's number for it. */
    int code() {
        return code;
    }

    /** Size of an element. */
    int bytes() {
        return bytes;
    }
}
