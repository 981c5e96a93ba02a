package dev.kneepoint.backend.nccl;

import static java.lang.foreign.ValueLayout.ADDRESS;

import dev.kneepoint.backend.cuda.CudaDouble;
import dev.kneepoint.backend.cuda.DoubleConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * NCCL without GPUs, on the double of the CUDA driver; {@code src/test/native/nccl/nccl_double.h} says what it does. There is
 * one in a process: tests that use it do not run side by side, and each resets it first.
 */
final class NcclDouble {
    private static final Path PATH = NcclDoubleBuild.library();

    private final CudaDouble driver;

    private NcclDouble(CudaDouble driver) {
        this.driver = driver;
    }

    /** The double as if newly loaded, with GPUs that reach each other. */
    static NcclDouble reset(int devices, String... settings) {
        return reset(DoubleConfig.of(devices), settings);
    }

    /**
     * The double as if newly loaded.
     *
     * @param settings as {@code nccl_double_reset} reads them
     */
    static NcclDouble reset(DoubleConfig machine, String... settings) {
        CudaDouble driver = CudaDouble.reset(machine);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(String.join("\n", settings));
            List<String> wrong = lines("nccl_double_reset", FunctionDescriptor.of(ADDRESS, ADDRESS), text);
            if (!wrong.isEmpty()) {
                throw new IllegalArgumentException("nccl_double_reset does not understand " + wrong);
            }
        }
        return new NcclDouble(driver);
    }

    static Path path() {
        return PATH;
    }

    CudaDouble driver() {
        return driver;
    }

    /** The library, as it is found now. */
    NcclLibrary library() {
        return NcclLibrary.open(PATH.toString()).found().orElseThrow();
    }

    /** What was done wrong so far, with the driver too. */
    List<String> violations() {
        return both(lines("nccl_double_violations", FunctionDescriptor.of(ADDRESS)), driver.violations());
    }

    /** What has not been given back so far, of the driver too. */
    List<String> leaks() {
        return both(lines("nccl_double_leaks", FunctionDescriptor.of(ADDRESS)), driver.leaks());
    }

    private static List<String> both(List<String> a, List<String> b) {
        return Stream.concat(a.stream(), b.stream()).toList();
    }

    private static List<String> lines(String function, FunctionDescriptor type, Object... arguments) {
        try {
            MethodHandle handle = Linker.nativeLinker()
                    .downcallHandle(
                            SymbolLookup.libraryLookup(PATH, Arena.global()).findOrThrow(function), type);
            MemorySegment text = (MemorySegment) handle.invokeWithArguments(arguments);
            return text.reinterpret(Long.MAX_VALUE).getString(0).lines().toList();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
