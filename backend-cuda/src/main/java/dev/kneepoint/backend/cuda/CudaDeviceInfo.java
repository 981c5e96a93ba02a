package dev.kneepoint.backend.cuda;

import java.util.Locale;
import java.util.UUID;

/**
 * What a device says of itself. Immutable.
 *
 * @param ordinal number among the devices that the driver shows, of which {@code CUDA_VISIBLE_DEVICES} is one selection
 * @param name for example {@code NVIDIA H100 80GB HBM3}; an instance of a part says so
 * @param uuid of the GPU, or of the part
 * @param busId where it is plugged in
 * @param capability compute capability times ten
 * @param memoryBytes size of its memory
 * @param multiprocessors streaming multiprocessors
 * @param clockKilohertz highest clock of the multiprocessors
 * @param memoryClockKilohertz highest clock of the memory
 * @param busBits width of the bus to its memory
 * @param ordersAllocations whether it has the stream-ordered allocator
 */
record CudaDeviceInfo(
        int ordinal,
        String name,
        UUID uuid,
        String busId,
        int capability,
        long memoryBytes,
        int multiprocessors,
        int clockKilohertz,
        int memoryClockKilohertz,
        int busBits,
        boolean ordersAllocations) {
    /** The least that the kernels are compiled for. */
    static final int LEAST_CAPABILITY = 75;

    /** Tensor cores with BF16 came with it. */
    static final int TENSOR_CAPABILITY = 80;

    /** Tensor cores with FP8 came with it. */
    static final int FP8_CAPABILITY = 89;

    private static final double GIB = 1L << 30;

    /** Whether the kernels run on it. */
    boolean isSupported() {
        return capability >= LEAST_CAPABILITY;
    }

    /** Whether there are tensor cores that take BF16. */
    boolean hasTensorCores() {
        return capability >= TENSOR_CAPABILITY;
    }

    /** Whether there are tensor cores that take FP8. */
    boolean hasFp8TensorCores() {
        return capability >= FP8_CAPABILITY;
    }

    /** The capability as NVIDIA writes it. */
    String version() {
        return capability / 10 + "." + capability % 10;
    }

    /** Number and name. */
    String label() {
        return "device " + ordinal + " '" + name + "'";
    }

    /** In words, with the number that {@code cuda.device} takes. */
    String describe() {
        return String.format(
                Locale.ROOT,
                "%d: %s, compute capability %s, %.1f GiB, %d multiprocessors, %d MHz, memory %d MHz x %d bits, %s",
                ordinal,
                name,
                version(),
                memoryBytes / GIB,
                multiprocessors,
                clockKilohertz / 1000,
                memoryClockKilohertz / 1000,
                busBits,
                busId);
    }
}
