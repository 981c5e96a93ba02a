package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceBuffer;
import java.util.Optional;

/**
 * cuBLAS on one stream, with a workspace of its own: two streams that share one would write over each other's parts. Made
 * when first used. Confined to the stream's user.
 */
final class StreamBlas implements AutoCloseable {
    /** What NVIDIA recommends from Hopper on, and before. */
    private static final long WORKSPACE = 32L << 20;

    private static final long SMALL_WORKSPACE = 4L << 20;
    private static final int HOPPER = 90;

    private final CudaDevice device;
    private final CudaStream stream;
    private Optional<Open> open = Optional.empty();

    private record Open(Cublas handle, DeviceBuffer workspace) {}

    StreamBlas(CudaDevice device, CudaStream stream) {
        this.device = device;
        this.stream = stream;
    }

    /** Bytes of a workspace on a device. */
    static long workspaceBytes(CudaDeviceInfo info) {
        return info.capability() >= HOPPER ? WORKSPACE : SMALL_WORKSPACE;
    }

    /**
     * The handle.
     *
     * @return empty where there is no cuBLAS
     */
    Optional<Cublas> handle() {
        if (open.isEmpty()) {
            open = device.cublas().map(this::open);
        }
        return open.map(Open::handle);
    }

    private Open open(CublasLibrary library) {
        long bytes = workspaceBytes(device.info());
        Cublas handle = Cublas.open(library);
        try {
            DeviceBuffer workspace = device.memory().allocate(DataType.FP32, bytes / DataType.FP32.bytes());
            try {
                handle.stream(stream.address());
                handle.workspace(CudaBuffer.of(workspace).pointer().address(), bytes);
                return new Open(handle, workspace);
            } catch (CudaException e) {
                device.memory().release(workspace);
                throw e;
            }
        } catch (CudaException e) {
            handle.close();
            throw e;
        }
    }

    /** On a lost device nothing can be given back but the host's part. */
    @Override
    public void close() {
        Optional<Open> gone = open;
        open = Optional.empty();
        if (gone.isPresent() && !device.context().isLost()) {
            try (Cleanup cleanup = new Cleanup()) {
                cleanup.then(device.context()::enter);
                cleanup.then(gone.get().handle()::close);
                cleanup.then(() -> device.memory().release(gone.get().workspace()));
            }
        }
    }
}
