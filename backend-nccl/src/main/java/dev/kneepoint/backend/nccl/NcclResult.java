package dev.kneepoint.backend.nccl;

/** The codes that NCCL answers with: {@code ncclResult_t}. */
final class NcclResult {
    static final int SUCCESS = 0;
    static final int INVALID_ARGUMENT = 4;
    static final int INVALID_USAGE = 5;
    static final int REMOTE_ERROR = 6;
    /** The work goes on behind the call. */
    static final int IN_PROGRESS = 7;

    private NcclResult() {}

    static String name(int code) {
        return switch (code) {
            case SUCCESS -> "ncclSuccess";
            case 1 -> "ncclUnhandledCudaError";
            case 2 -> "ncclSystemError";
            case 3 -> "ncclInternalError";
            case INVALID_ARGUMENT -> "ncclInvalidArgument";
            case INVALID_USAGE -> "ncclInvalidUsage";
            case REMOTE_ERROR -> "ncclRemoteError";
            case IN_PROGRESS -> "ncclInProgress";
            case 8 -> "ncclTimeout";
            default -> "a result that NCCL does not document";
        };
    }
}
