package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.google.common.base.Splitter;
import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.backend.cuda.library.NativeLibrary;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The functions of a loaded cuBLASLt, each answering with its status. Device pointers, handles and descriptors are
 * {@code long}; host memory is a segment. Immutable and thread-safe, as far as cuBLASLt is.
 */
final class CublasLtLibrary {
    private final MethodHandle create;
    private final MethodHandle destroy;
    private final MethodHandle matmulDescCreate;
    private final MethodHandle matmulDescDestroy;
    private final MethodHandle matmulDescSetAttribute;
    private final MethodHandle matrixLayoutCreate;
    private final MethodHandle matrixLayoutDestroy;
    private final MethodHandle matmulPreferenceCreate;
    private final MethodHandle matmulPreferenceDestroy;
    private final MethodHandle matmulPreferenceSetAttribute;
    private final MethodHandle matmulAlgoGetHeuristic;
    private final MethodHandle matmul;
    private final Optional<MethodHandle> statusText;

    private CublasLtLibrary(NativeLibrary library) {
        create = library.bind("cublasLtCreate", ADDRESS);
        destroy = library.bind("cublasLtDestroy", JAVA_LONG);
        matmulDescCreate = library.bind("cublasLtMatmulDescCreate", ADDRESS, JAVA_INT, JAVA_INT);
        matmulDescDestroy = library.bind("cublasLtMatmulDescDestroy", JAVA_LONG);
        matmulDescSetAttribute =
                library.bind("cublasLtMatmulDescSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
        matrixLayoutCreate =
                library.bind("cublasLtMatrixLayoutCreate", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        matrixLayoutDestroy = library.bind("cublasLtMatrixLayoutDestroy", JAVA_LONG);
        matmulPreferenceCreate = library.bind("cublasLtMatmulPreferenceCreate", ADDRESS);
        matmulPreferenceDestroy = library.bind("cublasLtMatmulPreferenceDestroy", JAVA_LONG);
        matmulPreferenceSetAttribute =
                library.bind("cublasLtMatmulPreferenceSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
        matmulAlgoGetHeuristic = library.bind(
                "cublasLtMatmulAlgoGetHeuristic",
                JAVA_LONG, // lightHandle
                JAVA_LONG, // operationDesc
                JAVA_LONG, // Adesc
                JAVA_LONG, // Bdesc
                JAVA_LONG, // Cdesc
                JAVA_LONG, // Ddesc
                JAVA_LONG, // preference
                JAVA_INT, // requestedAlgoCount
                ADDRESS, // heuristicResultsArray
                ADDRESS); // returnAlgoCount
        matmul = library.bind(
                "cublasLtMatmul",
                JAVA_LONG, // lightHandle
                JAVA_LONG, // computeDesc
                ADDRESS, // alpha
                JAVA_LONG, // A
                JAVA_LONG, // Adesc
                JAVA_LONG, // B
                JAVA_LONG, // Bdesc
                ADDRESS, // beta
                JAVA_LONG, // C
                JAVA_LONG, // Cdesc
                JAVA_LONG, // D
                JAVA_LONG, // Ddesc
                ADDRESS, // algo
                JAVA_LONG, // workspace
                JAVA_LONG, // workspaceSizeInBytes
                JAVA_LONG); // stream
        statusText = library.bindText("cublasLtGetStatusString");
    }

    /**
     * Loads the cuBLASLt that belongs to a cuBLAS: from its folder, where that has one, else by the loader.
     *
     * @param cublas the cuBLAS
     */
    static LibraryLookup<CublasLtLibrary> beside(CublasLibrary cublas) {
        String major = Splitter.on('.').split(cublas.version()).iterator().next();
        String file = "libcublasLt.so." + major;
        Path sibling = Path.of(cublas.name()).resolveSibling(file);
        boolean byPath = sibling.getParent() != null && Files.isRegularFile(sibling);
        return NativeLibrary.open(byPath ? sibling.toString() : file).bind(CublasLtLibrary::new);
    }

    /** A status in words; empty if the library does not say. */
    String text(int status) {
        return NativeLibrary.text(statusText, status);
    }

    int create(MemorySegment handle) {
        return make(create, handle);
    }

    int destroy(long handle) {
        return end(destroy, handle);
    }

    int matmulDescCreate(MemorySegment descriptor, int computeType, int scaleType) {
        try {
            return (int) matmulDescCreate.invokeExact(descriptor, computeType, scaleType);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int matmulDescDestroy(long descriptor) {
        return end(matmulDescDestroy, descriptor);
    }

    int matmulDescSetAttribute(long descriptor, int attribute, MemorySegment value) {
        return set(matmulDescSetAttribute, descriptor, attribute, value);
    }

    int matrixLayoutCreate(MemorySegment layout, int type, long rows, long columns, long leading) {
        try {
            return (int) matrixLayoutCreate.invokeExact(layout, type, rows, columns, leading);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int matrixLayoutDestroy(long layout) {
        return end(matrixLayoutDestroy, layout);
    }

    int matmulPreferenceCreate(MemorySegment preference) {
        return make(matmulPreferenceCreate, preference);
    }

    int matmulPreferenceDestroy(long preference) {
        return end(matmulPreferenceDestroy, preference);
    }

    int matmulPreferenceSetAttribute(long preference, int attribute, MemorySegment value) {
        return set(matmulPreferenceSetAttribute, preference, attribute, value);
    }

    /** Asks for one algorithm. The layouts are those of A, B, and of C and D alike. */
    int matmulAlgoGetHeuristic(
            long handle,
            long descriptor,
            long a,
            long b,
            long d,
            long preference,
            MemorySegment result,
            MemorySegment found) {
        try {
            return (int)
                    matmulAlgoGetHeuristic.invokeExact(handle, descriptor, a, b, d, d, preference, 1, result, found);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    /** Computes into D, which is also C: with beta 0 it is not read. */
    int matmul(
            long handle,
            Fp8Plan plan,
            MemorySegment alpha,
            long a,
            long b,
            MemorySegment beta,
            long d,
            long workspace,
            long workspaceBytes,
            long stream) {
        try {
            return (int) matmul.invokeExact(
                    handle,
                    plan.descriptor(),
                    alpha,
                    a,
                    plan.left(),
                    b,
                    plan.right(),
                    beta,
                    d,
                    plan.result(),
                    d,
                    plan.result(),
                    plan.algorithm(),
                    workspace,
                    workspaceBytes,
                    stream);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    private static int make(MethodHandle function, MemorySegment out) {
        try {
            return (int) function.invokeExact(out);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    private static int end(MethodHandle function, long what) {
        try {
            return (int) function.invokeExact(what);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    private static int set(MethodHandle function, long what, int attribute, MemorySegment value) {
        try {
            return (int) function.invokeExact(what, attribute, value, value.byteSize());
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }
}
