package dev.kneepoint.backend.nccl;

/** How elements of the ranks become one: {@code ncclRedOp_t}. */
enum NcclOp {
    SUM(0),
    PROD(1),
    MAX(2),
    MIN(3),
    /** The sum divided by the number of ranks. */
    AVG(4);

    private final int code;

    NcclOp(int code) {
        this.code = code;
    }

    /** NCCL's number for it. */
    int code() {
        return code;
    }
}
