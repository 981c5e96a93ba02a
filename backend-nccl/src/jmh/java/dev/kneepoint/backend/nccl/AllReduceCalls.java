package dev.kneepoint.backend.nccl;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kneepoint.backend.cuda.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/**
 * All-reduces of one rank on the doubles, each with the wait for its stream, by our layer and by C, whose communicator lets
 * calls wait as it does by default. Needs gcc. Confined to a thread.
 */
final class AllReduceCalls implements AutoCloseable {
    private static final String SOURCE =
            """
            #include "nccl_subset.h"
            int cuStreamSynchronize(cudaStream_t stream);
            static ncclComm_t comm;
            int start(void) {
                ncclUniqueId id;
                ncclResult_t result = ncclGetUniqueId(&id);
                return result != ncclSuccess ? result : ncclCommInitRank(&comm, 1, id, 0);
            }
            int call(cudaStream_t stream, void *memory, size_t count) {
                ncclResult_t result = ncclAllReduce(memory, memory, count, ncclFloat32, ncclSum, comm, stream);
                return result != ncclSuccess ? (int) result : cuStreamSynchronize(stream);
            }
            int end(void) { return ncclCommDestroy(comm); }
            """;

    private final NcclDouble nccl = NcclDouble.reset(1);
    private final TestRank device = TestRank.open(0);
    private final CUstream handle = device.handle();
    private final long stream = device.stream();
    private final long count;
    private final long memory;
    private final NcclComm comm;
    private final MethodHandle call;
    private final MethodHandle end;

    /**
     * Sets it up.
     *
     * @param bytes a multiple of 4
     */
    AllReduceCalls(int bytes) {
        NcclLibrary library = nccl.library();
        count = bytes / NcclType.FLOAT32.bytes();
        memory = device.upload(new byte[bytes]);
        comm = NcclComm.init(library, library.uniqueId(), 1, 0, NcclPatience.of(Duration.ofMinutes(1)));
        SymbolLookup program = SymbolLookup.libraryLookup(compiled(), Arena.global());
        call = bind(program, "call", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
        end = bind(program, "end", FunctionDescriptor.of(JAVA_INT));
        try {
            require((int) bind(program, "start", FunctionDescriptor.of(JAVA_INT)).invokeExact());
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static MethodHandle bind(SymbolLookup program, String function, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(program.findOrThrow(function), type);
    }

    private Path compiled() {
        try {
            Path folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "calls");
            Path source = Files.writeString(folder.resolve("calls.c"), SOURCE);
            Path program = folder.resolve("libcalls.so");
            Programs.run(List.of(
                    "gcc",
                    "-O2",
                    "-shared",
                    "-fPIC",
                    "-I" + Path.of("src/main/native").toAbsolutePath(),
                    source.toString(),
                    "-o",
                    program.toString(),
                    NcclDouble.path().toString(),
                    nccl.driver().library().toString()));
            return program;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One all-reduce by our layer. */
    void byJava() {
        comm.allReduce(memory, memory, count, NcclType.FLOAT32, NcclOp.SUM, stream);
        require(JCudaDriver.cuStreamSynchronize(handle));
    }

    /** The same by C. */
    void byC() {
        try {
            require((int) call.invokeExact(stream, memory, count));
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void require(int code) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw new AssertionError("code " + code);
        }
    }

    @Override
    public void close() {
        comm.close();
        try {
            require((int) end.invokeExact());
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        device.close();
        if (!nccl.violations().isEmpty() || !nccl.leaks().isEmpty()) {
            throw new AssertionError(nccl.violations() + " " + nccl.leaks());
        }
    }
}
