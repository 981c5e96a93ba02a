package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;

/**
 * How cuBLASLt multiplies matrices of a shape: descriptors and an algorithm. cuBLASLt takes matrices by columns and so sees
 * each transposed: it is asked for the transposed product, whose left factor is our second. Confined: one caller at a time.
 */
final class Fp8Plan implements AutoCloseable {
    /** CUBLAS_COMPUTE_32F. */
    private static final int COMPUTE_32F = 68;
    /** CUDA_R_32F. */
    private static final int R_32F = 0;
    /** CUBLAS_OP_N. */
    private static final int OP_N = 0;
    /** CUBLAS_OP_T. */
    private static final int OP_T = 1;
    /** CUBLASLT_MATMUL_DESC_TRANSA. */
    private static final int DESC_TRANSA = 3;
    /** CUBLASLT_MATMUL_DESC_TRANSB. */
    private static final int DESC_TRANSB = 4;
    /** CUBLASLT_MATMUL_DESC_A_SCALE_POINTER. */
    private static final int DESC_A_SCALE_POINTER = 17;
    /** CUBLASLT_MATMUL_DESC_B_SCALE_POINTER. */
    private static final int DESC_B_SCALE_POINTER = 18;
    /** CUBLASLT_MATMUL_DESC_FAST_ACCUM, one byte. */
    private static final int DESC_FAST_ACCUM = 25;
    /** CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES. */
    private static final int PREF_MAX_WORKSPACE_BYTES = 1;
    /** CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES; those of B, C and D follow. */
    private static final int PREF_MIN_ALIGNMENT_A_BYTES = 5;

    private static final int OPERANDS = 4;
    /** sizeof(cublasLtMatmulAlgo_t). */
    private static final long ALGORITHM_BYTES = 64;
    /** sizeof(cublasLtMatmulHeuristicResult_t): the algorithm, size_t workspaceSize, int state, float waves, int[4]. */
    private static final long RESULT_BYTES = 96;

    private static final long RESULT_STATE = 72;

    private final CublasLtLibrary library;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment pointer = arena.allocate(JAVA_LONG);
    private final MemorySegment found = arena.allocate(RESULT_BYTES, Long.BYTES);
    private final MemorySegment algorithm = found.asSlice(0, ALGORITHM_BYTES);
    private final Deque<Owned> owned = new ArrayDeque<>();
    private long descriptor;
    private long left;
    private long right;
    private long result;
    private long leftScale;
    private long rightScale;

    private Fp8Plan(CublasLtLibrary library) {
        this.library = library;
    }

    /** What has to be destroyed. */
    private record Owned(String call, IntSupplier destroy) {}

    /**
     * Looks for an algorithm.
     *
     * @param alignment what pointers are multiples of, in bytes
     * @param workspaceBytes what it may use
     * @return empty if this device has none
     * @throws CudaException if the search fails
     */
    static Optional<Fp8Plan> find(
            CublasLtLibrary library, long handle, Fp8Shape shape, int alignment, long workspaceBytes) {
        Fp8Plan plan = new Fp8Plan(library);
        boolean found;
        try {
            plan.describe(shape);
            found = plan.search(handle, shape, alignment, workspaceBytes);
        } catch (CudaException e) {
            try {
                plan.close();
            } catch (CudaException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        if (!found) {
            plan.close();
        }
        return found ? Optional.of(plan) : Optional.empty();
    }

    /** The search for an algorithm, in words. */
    static String search(Fp8Shape shape) {
        return "cublasLtMatmulAlgoGetHeuristic of " + shape;
    }

    private void describe(Fp8Shape shape) {
        descriptor = create("cublasLtMatmulDescCreate", out -> library.matmulDescCreate(out, COMPUTE_32F, R_32F));
        own("cublasLtMatmulDescDestroy", () -> library.matmulDescDestroy(descriptor));
        set(DESC_TRANSA, of(OP_T));
        set(DESC_TRANSB, of(OP_N));
        MemorySegment fast = arena.allocate(JAVA_BYTE);
        fast.set(JAVA_BYTE, 0, shape.fastAccumulation() ? (byte) 1 : 0);
        set(DESC_FAST_ACCUM, fast);
        left = layout(shape.right().dataType(), shape.inner(), shape.columns(), shape.pitch());
        right = layout(shape.left().dataType(), shape.inner(), shape.rows(), shape.inner());
        result = layout(shape.output().dataType(), shape.columns(), shape.rows(), shape.columns());
    }

    /** A matrix by columns, so many elements from one to the next. */
    private long layout(int type, long rows, long columns, long pitch) {
        long layout = create(
                "cublasLtMatrixLayoutCreate", out -> library.matrixLayoutCreate(out, type, rows, columns, pitch));
        own("cublasLtMatrixLayoutDestroy", () -> library.matrixLayoutDestroy(layout));
        return layout;
    }

    private boolean search(long handle, Fp8Shape shape, int alignment, long workspaceBytes) {
        long preference = create("cublasLtMatmulPreferenceCreate", library::matmulPreferenceCreate);
        own("cublasLtMatmulPreferenceDestroy", () -> library.matmulPreferenceDestroy(preference));
        pointer.set(JAVA_LONG, 0, workspaceBytes);
        prefer(preference, PREF_MAX_WORKSPACE_BYTES, pointer);
        for (int operand = 0; operand < OPERANDS; operand++) {
            prefer(preference, PREF_MIN_ALIGNMENT_A_BYTES + operand, of(alignment));
        }
        MemorySegment count = of(0);
        int status = library.matmulAlgoGetHeuristic(handle, descriptor, left, right, result, preference, found, count);
        return isThere(shape, status)
                && count.get(JAVA_INT, 0) > 0
                && isThere(shape, found.get(JAVA_INT, RESULT_STATE));
    }

    private boolean isThere(Fp8Shape shape, int status) {
        if (status == CublasStatus.NOT_SUPPORTED) {
            return false;
        }
        check(search(shape), status);
        return true;
    }

    private MemorySegment of(int value) {
        return arena.allocateFrom(JAVA_INT, value);
    }

    private long create(String call, ToIntFunction<MemorySegment> creator) {
        check(call, creator.applyAsInt(pointer));
        return pointer.get(JAVA_LONG, 0);
    }

    private void own(String call, IntSupplier destroy) {
        owned.push(new Owned(call, destroy));
    }

    private void set(int attribute, MemorySegment value) {
        check(
                "cublasLtMatmulDescSetAttribute " + attribute,
                library.matmulDescSetAttribute(descriptor, attribute, value));
    }

    private void prefer(long preference, int attribute, MemorySegment value) {
        check(
                "cublasLtMatmulPreferenceSetAttribute " + attribute,
                library.matmulPreferenceSetAttribute(preference, attribute, value));
    }

    /** What the elements of the two factors, as cuBLASLt sees them, are multiplied by: device memory of one float each. */
    void scales(long ofLeft, long ofRight) {
        if (ofLeft != leftScale) {
            scale(DESC_A_SCALE_POINTER, ofLeft);
            leftScale = ofLeft;
        }
        if (ofRight != rightScale) {
            scale(DESC_B_SCALE_POINTER, ofRight);
            rightScale = ofRight;
        }
    }

    private void scale(int attribute, long address) {
        pointer.set(JAVA_LONG, 0, address);
        int status = library.matmulDescSetAttribute(descriptor, attribute, pointer);
        if (status != CublasStatus.SUCCESS) {
            check("cublasLtMatmulDescSetAttribute " + attribute, status);
        }
    }

    long descriptor() {
        return descriptor;
    }

    long left() {
        return left;
    }

    long right() {
        return right;
    }

    long result() {
        return result;
    }

    MemorySegment algorithm() {
        return algorithm;
    }

    /**
     * Destroys the descriptors, the last first, all of them even if one fails.
     *
     * @throws CudaException of the first that fails
     */
    @Override
    public void close() {
        CudaExceptions failures = new CudaExceptions();
        while (!owned.isEmpty()) {
            Owned next = owned.pop();
            failures.run(() -> check(next.call(), next.destroy().getAsInt()));
        }
        if (arena.scope().isAlive()) {
            arena.close();
        }
        failures.throwFirst();
    }

    private void check(String call, int status) {
        if (status != CublasStatus.SUCCESS) {
            throw CudaException.cublas(call, status, library.text(status));
        }
    }
}
