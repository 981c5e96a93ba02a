package dev.kneepoint.backend.cuda;

import jcuda.driver.CUfunction;

/**
 * A kernel on a device.
 *
 * @param name its name
 * @param function its handle
 * @param sharedBytes dynamic shared memory of a block
 */
record CudaKernel(String name, CUfunction function, int sharedBytes) {
    /** Threads of a block of every kernel. */
    static final int THREADS = 256;
}
