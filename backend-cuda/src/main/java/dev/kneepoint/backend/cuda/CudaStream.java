package dev.kneepoint.backend.cuda;

import jcuda.driver.CUstream;

/** A stream, whose address other libraries take. */
final class CudaStream extends CUstream {
    /** The {@code CUstream}. */
    long address() {
        return getNativePointer();
    }
}
