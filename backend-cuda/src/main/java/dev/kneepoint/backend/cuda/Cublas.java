package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A handle of cuBLAS. The context that is current when it is opened must be current at every call. Confined: one caller at
 * a time, from any thread. Calls return when the work is on the stream.
 */
final class Cublas implements AutoCloseable {
    /**
     * CUBLAS_DEFAULT_MATH with CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION: parts of a sum that are summed apart stay
     * in single precision.
     */
    private static final int MATH_MODE = 16;

    private final CublasLibrary library;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment alpha = arena.allocate(JAVA_FLOAT);
    private final MemorySegment beta = arena.allocate(JAVA_FLOAT);
    private final long handle;
    private Optional<Workspace> workspace = Optional.empty();
    private boolean closed;

    private Cublas(CublasLibrary library, long handle) {
        this.library = library;
        this.handle = handle;
    }

    /**
     * Makes a handle in the current context.
     *
     * @throws CudaException if cuBLAS does not
     */
    static Cublas open(CublasLibrary library) {
        long handle;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            check(library, "cublasCreate", library.create(out));
            handle = out.get(JAVA_LONG, 0);
        }
        Cublas cublas = new Cublas(library, handle);
        try {
            check(library, "cublasSetMathMode", library.setMathMode(handle, MATH_MODE));
        } catch (CudaException e) {
            cublas.closeAfter(e);
            throw e;
        }
        return cublas;
    }

    private void closeAfter(CudaException failure) {
        try {
            close();
        } catch (CudaException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Sets the stream of what follows.
     *
     * @param stream a {@code CUstream}
     */
    void stream(long stream) {
        check(library, "cublasSetStream", library.setStream(liveHandle(), stream));
        // Setting a stream gives the workspace up.
        workspace.ifPresent(this::use);
    }

    /**
     * Sets the memory that products may use. Without it cuBLAS allocates its own, which a stream that is being captured
     * cannot do. It must stay allocated until the stream has run what was put on it.
     *
     * @param pointer device memory, a multiple of {@value Workspace#ALIGNMENT}
     * @param bytes at least 1; NVIDIA recommends 32 MiB from Hopper on, 4 MiB before
     */
    void workspace(long pointer, long bytes) {
        liveHandle();
        Workspace wanted = new Workspace(pointer, bytes);
        use(wanted);
        workspace = Optional.of(wanted);
    }

    private void use(Workspace memory) {
        check(library, "cublasSetWorkspace", library.setWorkspace(handle, memory.pointer(), memory.bytes()));
    }

    /**
     * Puts {@code c = scale * a * b} on the stream, for every product of the shape.
     *
     * @param shape what is multiplied
     * @param type what the elements are
     * @param scale read at the call
     * @param a device memory: count x [rows, inner]
     * @param b device memory: count x [inner, columns]
     * @param c device memory: count x [rows, columns]; must not overlap the others
     */
    void matmul(GemmShape shape, GemmType type, float scale, long a, long b, long c) {
        liveHandle();
        alpha.set(JAVA_FLOAT, 0, scale);
        boolean one = shape.count() == 1;
        int status = one
                ? library.gemm(handle, shape, type, alpha, a, b, beta, c)
                : library.gemmStridedBatched(handle, shape, type, alpha, a, b, beta, c);
        if (status != CublasStatus.SUCCESS) {
            throw failure(
                    library,
                    (one ? "cublasGemmEx" : "cublasGemmStridedBatchedEx") + " of " + shape + ", " + type,
                    status);
        }
    }

    /**
     * Gives the handle back, once; waits for the device. The context must still exist.
     *
     * @throws CudaException if cuBLAS fails; it is not tried again
     */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arena.close();
            check(library, "cublasDestroy", library.destroy(handle));
        }
    }

    private long liveHandle() {
        if (closed) {
            throw new IllegalStateException("this handle of cuBLAS is closed");
        }
        return handle;
    }

    private static void check(CublasLibrary library, String call, int status) {
        if (status != CublasStatus.SUCCESS) {
            throw failure(library, call, status);
        }
    }

    private static CudaException failure(CublasLibrary library, String call, int status) {
        return CudaException.cublas(call, status, library.text(status));
    }
}
