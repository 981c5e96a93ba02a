package dev.kneepoint.backend.cuda;

import jcuda.driver.CUfunction;

/**
 * A kernel on a device.
 *
 * @param name its name
 * @param function its handle
 * @param threads threads of a block
 */
record CudaKernel(String name, CUfunction function, int threads) {
    /** Threads of a block of most kernels. */
    static final int THREADS = 256;
}
