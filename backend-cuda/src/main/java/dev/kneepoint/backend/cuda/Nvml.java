package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;

/** NVML in use: what devices are there, and the driver's version. Needs no context. Thread-safe. */
final class Nvml implements AutoCloseable {
    private static final int LONGEST_NAME = 96;

    private final NvmlLibrary library;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Nvml(NvmlLibrary library) {
        this.library = library;
    }

    /**
     * Starts to use NVML.
     *
     * @throws CudaException for example with NVML_ERROR_DRIVER_NOT_LOADED
     */
    static Nvml open(NvmlLibrary library) {
        Nvml nvml = new Nvml(library);
        nvml.check("nvmlInit", library.init());
        return nvml;
    }

    /** The driver's version, for example {@code 550.54.15}. */
    String driverVersion() {
        return text("nvmlSystemGetDriverVersion", out -> library.systemGetDriverVersion(out, LONGEST_NAME));
    }

    /**
     * A whole GPU. Instances have the bus of theirs: where GPUs may be divided, ask by identifier.
     *
     * @param busId as the driver writes it: {@code domain:bus:device.function}, for example {@code 0000:65:00.0}
     * @throws CudaException for example with NVML_ERROR_NOT_FOUND
     */
    NvmlDevice byBusId(String busId) {
        return device("nvmlDeviceGetHandleByPciBusId", busId, library::deviceGetHandleByPciBusId)
                .orElseThrow(() -> failure("nvmlDeviceGetHandleByPciBusId of " + busId, NvmlStatus.NOT_FOUND));
    }

    /**
     * A GPU or an instance of one.
     *
     * @param uuid {@code GPU-...} or {@code MIG-...}
     * @throws CudaException for example with NVML_ERROR_NOT_FOUND
     */
    NvmlDevice byUuid(String uuid) {
        return device("nvmlDeviceGetHandleByUUID", uuid, library::deviceGetHandleByUuid)
                .orElseThrow(() -> failure("nvmlDeviceGetHandleByUUID of " + uuid, NvmlStatus.NOT_FOUND));
    }

    /**
     * A GPU, or else an instance of one: the CUDA driver does not say which its identifiers are of.
     *
     * @param uuid the 16 bytes that {@code cuDeviceGetUuid_v2} gives, the most significant first
     * @throws CudaException for example with NVML_ERROR_NOT_FOUND
     */
    NvmlDevice byUuid(UUID uuid) {
        return device("nvmlDeviceGetHandleByUUID", "GPU-" + uuid, library::deviceGetHandleByUuid)
                .orElseGet(() -> byUuid("MIG-" + uuid));
    }

    /** Looks a device up by a text. */
    private interface Finder {
        int find(MemorySegment text, MemorySegment device);
    }

    private Optional<NvmlDevice> device(String call, String text, Finder finder) {
        requireOpen();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            int status = finder.find(arena.allocateFrom(text), out);
            if (status == NvmlStatus.NOT_FOUND) {
                return Optional.empty();
            }
            check(call + " of " + text, status);
            return Optional.of(NvmlDevice.of(this, library, out.get(JAVA_LONG, 0)));
        }
    }

    String deviceName(long device) {
        return text("nvmlDeviceGetName", out -> library.deviceGetName(device, out, LONGEST_NAME));
    }

    private String text(String call, ToIntFunction<MemorySegment> function) {
        requireOpen();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(LONGEST_NAME);
            check(call, function.applyAsInt(out));
            return out.getString(0);
        }
    }

    void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("NVML is closed");
        }
    }

    void check(String call, int status) {
        if (status != NvmlStatus.SUCCESS) {
            throw failure(call, status);
        }
    }

    private CudaException failure(String call, int status) {
        return CudaException.nvml(call, status, library.text(status));
    }

    /**
     * Ends the use, once. Its devices answer no more; other uses of NVML in this process go on.
     *
     * @throws CudaException if NVML fails; it is not tried again
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            check("nvmlShutdown", library.shutdown());
        }
    }
}
