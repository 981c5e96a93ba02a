package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceBuffer;
import java.util.Optional;

/**
 * cuBLAS and cuBLASLt on one stream, with a workspace of its own: two streams that share one would write over each other's
 * parts. Made when first used. Confined to the stream's user.
 */
final class StreamBlas implements AutoCloseable {
    /** What NVIDIA recommends from Hopper on, and before. */
    private static final long WORKSPACE = 32L << 20;

    private static final long SMALL_WORKSPACE = 4L << 20;
    private static final int HOPPER = 90;

    private final CudaDevice device;
    private final CudaStream stream;
    private Optional<Workspace> workspace = Optional.empty();
    private Optional<DeviceBuffer> memory = Optional.empty();
    private Optional<Cublas> cublas = Optional.empty();
    private Optional<CublasLt> lt = Optional.empty();

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
    Optional<Cublas> cublas() {
        if (cublas.isEmpty()) {
            cublas = device.blas().cublas().found().map(this::open);
        }
        return cublas;
    }

    /**
     * The handle of cuBLASLt.
     *
     * @return empty where there is no cuBLASLt
     */
    Optional<CublasLt> lt() {
        if (lt.isEmpty()) {
            lt = device.blas().lt().found().map(this::open);
        }
        return lt;
    }

    private Cublas open(CublasLibrary library) {
        Workspace space = workspace();
        Cublas handle = Cublas.open(library);
        try {
            handle.stream(stream.address());
            handle.workspace(space.pointer(), space.bytes());
            return handle;
        } catch (CudaException e) {
            handle.close();
            throw e;
        }
    }

    private CublasLt open(CublasLtLibrary library) {
        Workspace space = workspace();
        CublasLt handle = CublasLt.open(library);
        handle.stream(stream.address());
        handle.workspace(space.pointer(), space.bytes());
        return handle;
    }

    /** Products of one stream follow each other, whichever library they are of. */
    private Workspace workspace() {
        if (workspace.isEmpty()) {
            long bytes = workspaceBytes(device.info());
            DeviceBuffer buffer = device.memory().allocate(DataType.FP32, bytes / DataType.FP32.bytes());
            memory = Optional.of(buffer);
            workspace =
                    Optional.of(new Workspace(CudaBuffer.of(buffer).pointer().address(), bytes));
        }
        return workspace.get();
    }

    /** On a lost device nothing can be given back but the host's part. */
    @Override
    public void close() {
        if (!device.context().isLost()) {
            try (Cleanup cleanup = new Cleanup()) {
                cleanup.then(device.context()::enter);
                cublas.ifPresent(handle -> cleanup.then(handle::close));
                lt.ifPresent(handle -> cleanup.then(handle::close));
                memory.ifPresent(buffer -> cleanup.then(() -> device.memory().release(buffer)));
            }
        }
        cublas = Optional.empty();
        lt = Optional.empty();
        memory = Optional.empty();
        workspace = Optional.empty();
    }
}
