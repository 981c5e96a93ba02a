package dev.kneepoint.backend.opencl;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How kernels are built.
 *
 * @param form the form to take; empty for the device's own
 * @param cache folder of built programs; empty to build them every time
 */
record KernelOptions(Optional<KernelForm> form, Optional<Path> cache) {
    /** The device's own form, and no cache. */
    static KernelOptions uncached() {
        return new KernelOptions(Optional.empty(), Optional.empty());
    }

    /** The device's own form, and the user's cache folder. */
    static KernelOptions standard() {
        return new KernelOptions(
                Optional.empty(),
                ProgramCache.defaultFolder(System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home")));
    }
}
