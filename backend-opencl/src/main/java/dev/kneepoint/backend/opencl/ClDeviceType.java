package dev.kneepoint.backend.opencl;

import java.util.Locale;

/** Kinds of devices, as far as kernels and options tell them apart. */
enum ClDeviceType {
    /** Runs work-groups on cores, in memory that the host shares. */
    CPU,
    /** Has local memory and hides latency by many work-items. */
    GPU,
    /** Anything else; treated as a GPU. */
    ACCELERATOR;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
