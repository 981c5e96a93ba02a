package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import java.util.Collection;

/**
 * What multiplies matrices beside our own kernels. Immutable.
 *
 * @param cublas products of arrays as they are
 * @param lt products of FP8, which belongs to that cuBLAS
 */
record BlasLibraries(LibraryLookup<CublasLibrary> cublas, LibraryLookup<CublasLtLibrary> lt) {
    /**
     * Looks for cuBLASLt where a device has a use for it.
     *
     * @param cublas what was found of cuBLAS
     * @param devices what it is for
     */
    static BlasLibraries of(LibraryLookup<CublasLibrary> cublas, Collection<CudaDeviceInfo> devices) {
        if (devices.stream().noneMatch(CudaDeviceInfo::hasFp8TensorCores)) {
            return new BlasLibraries(
                    cublas,
                    new LibraryLookup.Missing<>("no device has FP8, which needs compute capability 8.9 or newer"));
        }
        return new BlasLibraries(
                cublas,
                switch (cublas) {
                    case LibraryLookup.Found<CublasLibrary> f -> CublasLtLibrary.beside(f.library());
                    case LibraryLookup.Missing<CublasLibrary> m -> new LibraryLookup.Missing<>(m.reason());
                });
    }

    /** Whether products of FP8 are to be had on a device. */
    boolean multipliesFp8(CudaDeviceInfo device) {
        return device.hasFp8TensorCores() && lt.found().isPresent();
    }
}
