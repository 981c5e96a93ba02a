package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceKernels;

/** Opens the kernels of a device; builds programs, or takes them from the cache. */
@FunctionalInterface
interface KernelFactory {
    /**
     * The kernels of a device.
     *
     * @throws OpenClException if a program does not build, with the log
     */
    DeviceKernels open(ClDevice device);
}
