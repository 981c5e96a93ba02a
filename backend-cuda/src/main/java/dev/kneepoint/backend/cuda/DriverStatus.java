package dev.kneepoint.backend.cuda;

import java.util.Set;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** What the codes of the driver mean. */
final class DriverStatus {
    static final int SUCCESS = CUresult.CUDA_SUCCESS;
    static final int NOT_READY = CUresult.CUDA_ERROR_NOT_READY;
    static final int OUT_OF_MEMORY = CUresult.CUDA_ERROR_OUT_OF_MEMORY;

    /** After these every call of the context answers with the same code. */
    private static final Set<Integer> STICKY = Set.of(
            CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
            CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
            CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
            CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
            CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
            CUresult.CUDA_ERROR_ASSERT,
            CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
            CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
            CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
            CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
            CUresult.CUDA_ERROR_INVALID_PC,
            CUresult.CUDA_ERROR_LAUNCH_FAILED);

    private DriverStatus() {}

    /** Whether the context is of no use any more. */
    static boolean isSticky(int status) {
        return STICKY.contains(status);
    }

    /** The failure of a call. */
    static CudaException failure(int status, String call) {
        String[] text = {""};
        boolean known = JCudaDriver.cuGetErrorString(status, text) == SUCCESS;
        return CudaException.driver(call, status, CUresult.stringFor(status), known ? String.valueOf(text[0]) : "");
    }

    /**
     * Checks a call outside of any context.
     *
     * @throws CudaException unless it went well
     */
    static void check(int status, String call) {
        if (status != SUCCESS) {
            throw failure(status, call);
        }
    }
}
