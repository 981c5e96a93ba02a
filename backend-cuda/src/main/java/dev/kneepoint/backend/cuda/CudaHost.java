package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.DeviceQueue;
import dev.kneepoint.backend.engine.DeviceSet;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * The GPUs of one process, for a backend that runs plans over several processes by a library of its own for transfers. Not
 * for hosts: it changes with that backend. Thread-safe but for opening and closing.
 */
public final class CudaHost implements AutoCloseable {
    /** Options of backend {@code cuda} that are also options of who opens this, without a backend's name. */
    public static final List<String> OPTIONS = CudaOptions.NAMES;

    private final CudaOptions options;
    private final List<CudaDeviceInfo> infos;
    private final BlasLibraries blas;
    private final CudaSession session;
    private final Boards boards;

    private CudaHost(
            CudaOptions options, List<CudaDeviceInfo> infos, BlasLibraries blas, CudaSession session, Boards boards) {
        this.options = options;
        this.infos = infos;
        this.blas = blas;
        this.session = session;
        this.boards = boards;
    }

    /**
     * Opens GPUs.
     *
     * @param settings options of backend {@code cuda}, by full name; only {@link #OPTIONS} are looked at
     * @param patience longest wait for something that a device does
     * @param only which of the devices that the options choose, from 0; empty for all of them
     * @param watch what else may keep a device from coming to an end
     * @return the GPUs, to be closed
     * @throws IllegalArgumentException if an option is wrong, or there is no such device
     * @throws dev.kneepoint.spi.BackendException if there is no CUDA, or it fails
     */
    public static CudaHost open(Map<String, String> settings, Duration patience, OptionalInt only, DeviceWatch watch) {
        CudaOptions options = CudaOptions.of(settings);
        CudaBackendProvider.throwIfMissing();
        List<CudaDeviceInfo> chosen = DeviceChoice.of(options.devices(), CudaDiscovery.devices());
        if (only.isPresent()) {
            if (only.getAsInt() >= chosen.size()) {
                throw new IllegalArgumentException(
                        "process " + only.getAsInt() + " of this host, counted from 0, has no"
                                + " GPU: there are " + chosen.size() + " ("
                                + chosen.stream().map(CudaDeviceInfo::label).toList()
                                + "); start as many processes as GPUs, or give each its own by CUDA_VISIBLE_DEVICES");
            }
            chosen = List.of(chosen.get(only.getAsInt()));
        }
        LibraryLookup<CublasLibrary> cublas = CudaBackendProvider.cublas(options.cublas());
        BlasLibraries blas = BlasLibraries.of(cublas, chosen);
        CudaSession session = CudaSession.open(chosen, patience, blas, options.tensorFloat(), watch);
        return new CudaHost(options, chosen, blas, session, Boards.open(NvmlLibrary.open(NvmlLibrary.NAME), chosen));
    }

    /**
     * The devices, as the engine takes them.
     *
     * @return closed with this
     */
    public DeviceSet devices() {
        return session;
    }

    /**
     * How many there are.
     *
     * @return at least 1
     */
    public int size() {
        return session.size();
    }

    /**
     * A GPU.
     *
     * @param uuid tells it from all others
     * @param label its number and name, for messages
     */
    public record Gpu(UUID uuid, String label) {}

    /**
     * The GPUs.
     *
     * @return in the order of the devices
     */
    public List<Gpu> gpus() {
        return infos.stream().map(i -> new Gpu(i.uuid(), i.label())).toList();
    }

    /**
     * What all GPUs can do.
     *
     * @return the lowest of their compute capabilities, times ten
     */
    public int lowestCapability() {
        return infos.stream().mapToInt(CudaDeviceInfo::capability).min().orElseThrow();
    }

    /**
     * Whether figures say what boards draw.
     *
     * @return false if NVML does not answer
     */
    public boolean measuresPower() {
        return boards.answer();
    }

    /**
     * Makes a device's context current on the calling thread.
     *
     * @param place which of the devices' users, as {@link DeviceSet#device} counts them
     */
    public void enter(int place) {
        session.device(place).context().enter();
    }

    /**
     * Puts a library's work on a queue.
     *
     * @param queue of one of the devices
     * @param waits what must have ended before
     * @param command gets the {@code CUstream} and puts work on it; the device's context is current
     * @return the work
     */
    public static DeviceEvent enqueue(DeviceQueue queue, DeviceEvent[] waits, LongConsumer command) {
        return ((CudaQueue) queue).enqueue(waits, q -> command.accept(q.address()));
    }

    /**
     * Where an array lies.
     *
     * @param array in one of the devices' memory
     * @return its address
     */
    public static long address(At array) {
        return CudaBuffer.address(array);
    }

    /**
     * Writes bytes to the beginning of a buffer and waits for it.
     *
     * @param queue of the buffer's device
     * @param to the buffer
     * @param bytes at most as many as it has
     */
    public static void write(DeviceQueue queue, DeviceBuffer to, byte[] bytes) {
        ((CudaQueue) queue).write(to, bytes);
    }

    /**
     * Reads bytes from the beginning of a buffer after everything before it on the queue.
     *
     * @param queue of the buffer's device
     * @param from the buffer
     * @param bytes how many
     * @return the bytes
     */
    public static byte[] read(DeviceQueue queue, DeviceBuffer from, int bytes) {
        return ((CudaQueue) queue).readBytes(from, bytes);
    }

    /**
     * Begins to watch a run of this process's ranks.
     *
     * @param ranks how many of them run
     * @return to be closed after the run
     */
    public CudaRun watch(int ranks) {
        return new CudaRun(new CudaReport(session, boards), blas, options.tensorFloat(), ranks);
    }

    @Override
    public void close() {
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.then(session::close);
            cleanup.then(boards::close);
        }
    }
}
