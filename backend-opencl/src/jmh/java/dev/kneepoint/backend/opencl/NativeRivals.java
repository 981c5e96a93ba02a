package dev.kneepoint.backend.opencl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What C makes of the same cores: OpenBLAS's matrix product, a triad that gcc -O3 compiles for all cores, memcpy, and
 * launches of an empty kernel. Needs gcc, libopenblas-dev and an OpenCL loader.
 */
final class NativeRivals implements AutoCloseable {
    private static final String SOURCE =
            """
            #include <stddef.h>
            void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda,
                             const float *b, int ldb, float beta, float *c, int ldc);
            const char *openblas_get_corename(void);
            void matmul(int n, const float *a, const float *b, float *c) {
                cblas_sgemm(101, 111, 111, n, n, n, 1, a, n, b, n, 0, c, n);
            }
            void triad(long n, float *restrict a, const float *restrict b, const float *restrict c, float s) {
                #pragma omp parallel for
                for (long i = 0; i < n; i++) a[i] = b[i] + s * c[i];
            }
            void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
            void copy(long bytes, void *to, const void *from) { memcpy(to, from, bytes); }
            void copy_by_two(long bytes, char *to, const char *from) {
                #pragma omp parallel for num_threads(2)
                for (int i = 0; i < 2; i++) memcpy(to + i * (bytes / 2), from + i * (bytes / 2), bytes / 2);
            }
            typedef void *P;
            int clGetPlatformIDs(unsigned, P *, unsigned *);
            int clGetDeviceIDs(P, unsigned long, unsigned, P *, unsigned *);
            P clCreateContext(const void *, unsigned, P *, P, P, int *);
            P clCreateCommandQueue(P, P, unsigned long, int *);
            P clCreateProgramWithSource(P, unsigned, const char **, const size_t *, int *);
            int clBuildProgram(P, unsigned, P *, const char *, P, P);
            P clCreateKernel(P, const char *, int *);
            int clEnqueueNDRangeKernel(P, P, unsigned, const size_t *, const size_t *, const size_t *, unsigned, P, P *);
            int clReleaseEvent(P);
            int clFinish(P);
            static P queue, kernel;
            int prepare(void) {
                P platform, device;
                int e;
                const char *text = "__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void nothing() {}";
                if ((e = clGetPlatformIDs(1, &platform, NULL))) return e;
                if ((e = clGetDeviceIDs(platform, 0xffffffff, 1, &device, NULL))) return e;
                P context = clCreateContext(NULL, 1, &device, NULL, NULL, &e);
                if (e) return e;
                queue = clCreateCommandQueue(context, device, 2, &e);
                if (e) return e;
                P program = clCreateProgramWithSource(context, 1, &text, NULL, &e);
                if (e) return e;
                if ((e = clBuildProgram(program, 1, &device, "", NULL, NULL))) return e;
                kernel = clCreateKernel(program, "nothing", &e);
                return e;
            }
            int launches(int count) {
                size_t one = 1;
                for (int i = 0; i < count; i++) {
                    P event;
                    int e = clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, &one, 0, NULL, &event);
                    if (e) return e;
                    clReleaseEvent(event);
                }
                return clFinish(queue);
            }
            """;

    private final Arena arena = Arena.ofShared();
    private final MethodHandle matmul;
    private final MethodHandle triad;
    private final MethodHandle copy;
    private final MethodHandle copyByTwo;
    private final MethodHandle launches;
    private final String core;

    /** Compiles and loads it. */
    NativeRivals() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("rivals");
        Path source = Files.writeString(folder.resolve("rivals.c"), SOURCE);
        Path library = folder.resolve("rivals.so");
        Process gcc = new ProcessBuilder(
                        "gcc",
                        "-O3",
                        "-fopenmp",
                        "-shared",
                        "-fPIC",
                        source.toString(),
                        "-o",
                        library.toString(),
                        "-lopenblas",
                        "-l:libOpenCL.so.1")
                .inheritIO()
                .start();
        if (gcc.waitFor() != 0) {
            throw new IOException("gcc could not compile the rivals; install gcc, libopenblas-dev and an OpenCL loader");
        }
        SymbolLookup symbols = SymbolLookup.libraryLookup(library, arena);
        matmul = handle(symbols, "matmul", FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
        triad = handle(
                symbols, "triad", FunctionDescriptor.ofVoid(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_FLOAT));
        FunctionDescriptor copies = FunctionDescriptor.ofVoid(JAVA_LONG, ADDRESS, ADDRESS);
        copy = handle(symbols, "copy", copies);
        copyByTwo = handle(symbols, "copy_by_two", copies);
        launches = handle(symbols, "launches", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        MethodHandle name = handle(
                symbols,
                "openblas_get_corename",
                FunctionDescriptor.of(
                        ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(64, JAVA_BYTE))));
        try {
            core = ((MemorySegment) name.invoke()).getString(0);
            check((int) handle(symbols, "prepare", FunctionDescriptor.of(JAVA_INT)).invoke());
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        Files.delete(source);
        Files.delete(library);
        Files.delete(folder);
    }

    private static MethodHandle handle(SymbolLookup symbols, String name, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(symbols.find(name).orElseThrow(), type);
    }

    private static void check(int status) {
        if (status != 0) {
            throw new IllegalStateException("OpenCL answered " + status + " to C");
        }
    }

    /** The kind of core that OpenBLAS takes this one for. */
    String core() {
        return core;
    }

    /** An array outside the heap, filled with a value. */
    MemorySegment array(long elements, float value) {
        MemorySegment out = arena.allocate(JAVA_FLOAT, elements);
        for (long i = 0; i < elements; i++) {
            out.setAtIndex(JAVA_FLOAT, i, value);
        }
        return out;
    }

    void matmul(int n, MemorySegment a, MemorySegment b, MemorySegment c) {
        try {
            matmul.invoke(n, a, b, c);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    void triad(long n, MemorySegment a, MemorySegment b, MemorySegment c, float s) {
        try {
            triad.invoke(n, a, b, c, s);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** One thread's memcpy. */
    void copy(MemorySegment to, MemorySegment from) {
        copy(copy, to, from);
    }

    /** Two threads copy half each. */
    void copyByTwo(MemorySegment to, MemorySegment from) {
        copy(copyByTwo, to, from);
    }

    private static void copy(MethodHandle how, MemorySegment to, MemorySegment from) {
        try {
            how.invoke(from.byteSize(), to, from);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    void launches(int count) {
        try {
            check((int) launches.invoke(count));
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
