package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A handle of cuBLASLt: products of FP8 on tensor cores, on devices of compute capability 8.9 or later. The context
 * that is current when it is opened must be current at every call. Confined: one caller at a time, from any thread. Calls
 * return when the work is on the stream; the first of a shape looks for its algorithm, which later ones reuse.
 */
final class CublasLt implements AutoCloseable {
    /** What device pointers must be multiples of, in bytes. */
    static final int ALIGNMENT = 16;

    private final CublasLtLibrary library;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment alpha = arena.allocate(JAVA_FLOAT);
    private final MemorySegment beta = arena.allocate(JAVA_FLOAT);
    private final long handle;
    private final Map<Fp8Shape, Fp8Plan> plans = new HashMap<>();
    private long stream;
    private long workspace;
    private long workspaceBytes;
    private boolean closed;

    private CublasLt(CublasLtLibrary library, long handle) {
        this.library = library;
        this.handle = handle;
    }

    /**
     * Makes a handle in the current context.
     *
     * @throws CudaException if cuBLASLt does not
     */
    static CublasLt open(CublasLtLibrary library) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            int status = library.create(out);
            if (status != CublasStatus.SUCCESS) {
                throw failure(library, "cublasLtCreate", status);
            }
            return new CublasLt(library, out.get(JAVA_LONG, 0));
        }
    }

    /**
     * Sets the stream of what follows.
     *
     * @param ofWhatFollows a {@code CUstream}
     */
    void stream(long ofWhatFollows) {
        requireOpen();
        stream = ofWhatFollows;
    }

    /**
     * Sets the memory that products may use; without it they use none. It must stay allocated until the stream has run what
     * was put on it. Another size gives up the plans.
     *
     * @param pointer device memory, a multiple of {@value Workspace#ALIGNMENT}
     * @param bytes at least 1; NVIDIA recommends 32 MiB from Hopper on
     * @throws CudaException if plans cannot be given up
     */
    void workspace(long pointer, long bytes) {
        requireOpen();
        Workspace wanted = new Workspace(pointer, bytes);
        boolean another = wanted.bytes() != workspaceBytes;
        workspace = wanted.pointer();
        workspaceBytes = wanted.bytes();
        if (another) {
            closePlans(new CudaExceptions());
        }
    }

    /**
     * Looks for the algorithm of a shape before its first product, which then takes no longer than others.
     *
     * @throws CudaException with CUBLAS_STATUS_NOT_SUPPORTED if this device has none
     */
    void prepare(Fp8Shape shape) {
        requireOpen();
        plan(shape);
    }

    /**
     * Whether this device has an algorithm for a shape.
     *
     * @param workspaceBytes what it may use
     * @throws CudaException if the search fails otherwise
     */
    boolean supports(Fp8Shape shape, long workspaceBytes) {
        requireOpen();
        Optional<Fp8Plan> plan = Fp8Plan.find(library, handle, shape, ALIGNMENT, workspaceBytes);
        plan.ifPresent(Fp8Plan::close);
        return plan.isPresent();
    }

    /**
     * Puts {@code d = scale * (aScale * a) * (bScale * b) transposed} on the stream. Pointers are multiples of
     * {@value #ALIGNMENT}, those of scales of 4.
     *
     * @param shape what is multiplied
     * @param scale read at the call
     * @param a device memory: [rows, inner] of the shape's left type
     * @param aScale device memory: one float, read when the stream gets there; 0 for a scale of 1
     * @param b device memory: [columns, inner] of its right type, rows by the shape's pitch
     * @param bScale device memory: one float, read when the stream gets there; 0 for a scale of 1
     * @param d device memory: [rows, columns]; must not overlap the others
     */
    void matmul(Fp8Shape shape, float scale, long a, long aScale, long b, long bScale, long d) {
        requireOpen();
        requireAligned(a, b, d);
        Fp8Plan plan = plan(shape);
        plan.scales(bScale, aScale);
        alpha.set(JAVA_FLOAT, 0, scale);
        int status = library.matmul(handle, plan, alpha, b, a, beta, d, workspace, workspaceBytes, stream);
        if (status != CublasStatus.SUCCESS) {
            throw failure(library, "cublasLtMatmul of " + shape, status);
        }
    }

    private Fp8Plan plan(Fp8Shape shape) {
        Fp8Plan plan = plans.get(shape);
        if (plan == null) {
            plan = Fp8Plan.find(library, handle, shape, ALIGNMENT, workspaceBytes)
                    .orElseThrow(() -> failure(library, Fp8Plan.search(shape), CublasStatus.NOT_SUPPORTED));
            plans.put(shape, plan);
        }
        return plan;
    }

    private static void requireAligned(long a, long b, long d) {
        if ((a | b | d) % ALIGNMENT != 0) {
            throw new IllegalArgumentException("FP8 products need pointers that are multiples of " + ALIGNMENT
                    + ", not " + a + ", " + b + ", " + d);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this handle of cuBLASLt is closed");
        }
    }

    private void closePlans(CudaExceptions failures) {
        plans.values().forEach(p -> failures.run(p::close));
        plans.clear();
        failures.throwFirst();
    }

    /**
     * Gives plans and handle back, once. The context must still exist.
     *
     * @throws CudaException of the first that cuBLASLt does not take; none is tried again
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        arena.close();
        CudaExceptions failures = new CudaExceptions();
        failures.run(() -> closePlans(new CudaExceptions()));
        failures.run(() -> {
            int status = library.destroy(handle);
            if (status != CublasStatus.SUCCESS) {
                throw failure(library, "cublasLtDestroy", status);
            }
        });
        failures.throwFirst();
    }

    private static CudaException failure(CublasLtLibrary library, String call, int status) {
        return CudaException.cublas(call, status, library.text(status));
    }
}
