package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.backend.cuda.library.NativeLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The functions of a loaded cuBLAS, each answering with its status. Device pointers and handles are {@code long}; host
 * memory is a segment. Immutable and thread-safe, as far as cuBLAS is: a handle of it has one caller at a time.
 */
final class CublasLibrary {
    /** CUBLAS_OP_N. */
    private static final int OP_N = 0;
    /** CUBLAS_GEMM_DEFAULT. */
    private static final int GEMM_DEFAULT = -1;

    private final NativeLibrary library;
    private final String version;
    private final MethodHandle create;
    private final MethodHandle destroy;
    private final MethodHandle setStream;
    private final MethodHandle setWorkspace;
    private final MethodHandle setMathMode;
    private final MethodHandle gemm;
    private final MethodHandle gemmStridedBatched;
    private final Optional<MethodHandle> statusText;

    private CublasLibrary(NativeLibrary library) {
        this.library = library;
        create = library.bind("cublasCreate_v2", ADDRESS);
        destroy = library.bind("cublasDestroy_v2", JAVA_LONG);
        setStream = library.bind("cublasSetStream_v2", JAVA_LONG, JAVA_LONG);
        setWorkspace = library.bind("cublasSetWorkspace_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG);
        setMathMode = library.bind("cublasSetMathMode", JAVA_LONG, JAVA_INT);
        gemm = library.bind(
                "cublasGemmEx",
                JAVA_LONG, // handle
                JAVA_INT, // transa
                JAVA_INT, // transb
                JAVA_INT, // m
                JAVA_INT, // n
                JAVA_INT, // k
                ADDRESS, // alpha
                JAVA_LONG, // A
                JAVA_INT, // Atype
                JAVA_INT, // lda
                JAVA_LONG, // B
                JAVA_INT, // Btype
                JAVA_INT, // ldb
                ADDRESS, // beta
                JAVA_LONG, // C
                JAVA_INT, // Ctype
                JAVA_INT, // ldc
                JAVA_INT, // computeType
                JAVA_INT); // algo
        gemmStridedBatched = library.bind(
                "cublasGemmStridedBatchedEx",
                JAVA_LONG, // handle
                JAVA_INT, // transa
                JAVA_INT, // transb
                JAVA_INT, // m
                JAVA_INT, // n
                JAVA_INT, // k
                ADDRESS, // alpha
                JAVA_LONG, // A
                JAVA_INT, // Atype
                JAVA_INT, // lda
                JAVA_LONG, // strideA
                JAVA_LONG, // B
                JAVA_INT, // Btype
                JAVA_INT, // ldb
                JAVA_LONG, // strideB
                ADDRESS, // beta
                JAVA_LONG, // C
                JAVA_INT, // Ctype
                JAVA_INT, // ldc
                JAVA_LONG, // strideC
                JAVA_INT, // batchCount
                JAVA_INT, // computeType
                JAVA_INT); // algo
        statusText = library.bindText("cublasGetStatusString");
        version = version(library.bind("cublasGetProperty", JAVA_INT, ADDRESS));
    }

    /**
     * Loads cuBLAS.
     *
     * @param nameOrPath a name that the loader looks for, or a path
     */
    static LibraryLookup<CublasLibrary> open(String nameOrPath) {
        return NativeLibrary.open(nameOrPath).bind(CublasLibrary::new);
    }

    private String version(MethodHandle getProperty) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            // libraryPropertyType: MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL.
            return String.join(
                    ".",
                    IntStream.range(0, 3)
                            .mapToObj(property -> property(getProperty, property, value))
                            .toList());
        }
    }

    private String property(MethodHandle getProperty, int property, MemorySegment value) {
        int status;
        try {
            status = (int) getProperty.invokeExact(property, value);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
        if (status != CublasStatus.SUCCESS) {
            throw new NoSuchElementException(
                    library.name() + " does not say its version: " + CublasStatus.name(status) + " (" + status + ")");
        }
        return Integer.toString(value.get(JAVA_INT, 0));
    }

    /** What it was loaded by: a name for the loader or a path. */
    String name() {
        return library.name();
    }

    /** For example {@code 12.4.5}. */
    String version() {
        return version;
    }

    /** A status in words; empty if the library does not say. */
    String text(int status) {
        return NativeLibrary.text(statusText, status);
    }

    int create(MemorySegment handle) {
        try {
            return (int) create.invokeExact(handle);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int destroy(long handle) {
        try {
            return (int) destroy.invokeExact(handle);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int setStream(long handle, long stream) {
        try {
            return (int) setStream.invokeExact(handle, stream);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int setWorkspace(long handle, long pointer, long bytes) {
        try {
            return (int) setWorkspace.invokeExact(handle, pointer, bytes);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int setMathMode(long handle, int mode) {
        try {
            return (int) setMathMode.invokeExact(handle, mode);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    /**
     * One product of row-major matrices. cuBLAS takes matrices by columns and so sees each transposed: it is asked for the
     * transposed product.
     */
    int gemm(
            long handle,
            GemmShape shape,
            GemmType type,
            MemorySegment alpha,
            long a,
            long b,
            MemorySegment beta,
            long c) {
        try {
            return (int) gemm.invokeExact(
                    handle,
                    OP_N,
                    OP_N,
                    shape.columns(),
                    shape.rows(),
                    shape.inner(),
                    alpha,
                    b,
                    type.dataType(),
                    shape.columns(),
                    a,
                    type.dataType(),
                    shape.inner(),
                    beta,
                    c,
                    type.dataType(),
                    shape.columns(),
                    type.computeType(),
                    GEMM_DEFAULT);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    /** As many products as the shape says, whose matrices lie one after the other. */
    int gemmStridedBatched(
            long handle,
            GemmShape shape,
            GemmType type,
            MemorySegment alpha,
            long a,
            long b,
            MemorySegment beta,
            long c) {
        try {
            return (int) gemmStridedBatched.invokeExact(
                    handle,
                    OP_N,
                    OP_N,
                    shape.columns(),
                    shape.rows(),
                    shape.inner(),
                    alpha,
                    b,
                    type.dataType(),
                    shape.columns(),
                    (long) shape.inner() * shape.columns(),
                    a,
                    type.dataType(),
                    shape.inner(),
                    (long) shape.rows() * shape.inner(),
                    beta,
                    c,
                    type.dataType(),
                    shape.columns(),
                    (long) shape.rows() * shape.columns(),
                    shape.count(),
                    type.computeType(),
                    GEMM_DEFAULT);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }
}
