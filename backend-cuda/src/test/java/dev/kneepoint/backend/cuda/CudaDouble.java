package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A CUDA driver without a GPU in place of {@code libcuda.so.1}, for all that this process asks of JCuda;
 * {@code src/test/native/driver/double.h} says what it does. There is one in a process: tests that use it do not run side by
 * side, and each resets it first.
 */
public final class CudaDouble {
    private final Path library;
    private final MethodHandle reset;
    private final MethodHandle failAt;
    private final MethodHandle idle;
    private final MethodHandle failKernel;
    private final MethodHandle stall;
    private final MethodHandle release;
    private final MethodHandle violations;
    private final MethodHandle leaks;
    private final MethodHandle calls;
    private final MethodHandle memory;

    private CudaDouble(Path library) {
        this.library = library;
        // JCuda's library finds what it needs under this one's name.
        System.load(library.toString());
        reset = function("double_reset", FunctionDescriptor.of(ADDRESS, ADDRESS));
        failAt = function("double_fail_at", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT));
        idle = function("double_idle", FunctionDescriptor.ofVoid(JAVA_INT));
        failKernel = function("double_fail_kernel", FunctionDescriptor.ofVoid(JAVA_INT, JAVA_INT));
        stall = function("double_stall", FunctionDescriptor.ofVoid(JAVA_INT));
        release = function("double_release", FunctionDescriptor.ofVoid());
        violations = function("double_violations", FunctionDescriptor.of(ADDRESS));
        leaks = function("double_leaks", FunctionDescriptor.of(ADDRESS));
        calls = function("double_calls", FunctionDescriptor.of(ADDRESS));
        memory = function("double_memory", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    }

    private static final class Only {
        static final CudaDouble DOUBLE = new CudaDouble(DoubleBuild.library());
    }

    /** The double as a new driver; the first call compiles it, which takes some ten seconds. */
    public static CudaDouble reset(DoubleConfig config) {
        CudaDouble out = Only.DOUBLE;
        List<String> wrong = out.lines(out.reset, config.text());
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("double_reset does not understand " + wrong);
        }
        return out;
    }

    public Path library() {
        return library;
    }

    /** A function of the library, for what JCuda does not bind. */
    public MethodHandle function(String name, FunctionDescriptor descriptor) {
        return SymbolLookup.libraryLookup(library, Arena.global())
                .find(name)
                .map(at -> Linker.nativeLinker().downcallHandle(at, descriptor))
                .orElseThrow(() -> new IllegalStateException("the double lacks " + name));
    }

    /** Lets the nth call of a function from now answer a code and do nothing; {@code _v2} may be left out. */
    public void failAt(String function, int nth, int code) {
        inject(function, nth, code, false);
    }

    /** The same, and the context that is current has failed from then on. */
    public void breakAt(String function, int nth, int code) {
        inject(function, nth, code, true);
    }

    /** Lets the nth call from now of whatever function answer a code and do nothing. */
    public void failAtCall(int nth, int code) {
        inject("", nth, code, false);
    }

    /** The same, and the context that is current has failed from then on. */
    public void breakAtCall(int nth, int code) {
        inject("", nth, code, true);
    }

    private void inject(String function, int nth, int code, boolean sticky) {
        try (Arena arena = Arena.ofConfined()) {
            failAt.invoke(arena.allocateFrom(function), nth, code, sticky ? 1 : 0);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Whether kernels of the driver's own come and go and compute nothing. */
    public void idle(boolean kernels) {
        invoke(idle, kernels ? 1 : 0);
    }

    /** Lets the nth kernel that begins from now on fail, which breaks its context. */
    public void failKernel(int nth, int code) {
        invoke(failKernel, nth, code);
    }

    /** Lets the nth kernel that is launched from now on never end. */
    public void stall(int nth) {
        invoke(stall, nth);
    }

    /** Lets what {@link #stall} holds up go on. */
    public void release() {
        invoke(release);
    }

    /** What was done wrong so far. */
    public List<String> violations() {
        return lines(violations);
    }

    /** What has not been given back so far. */
    public List<String> leaks() {
        return lines(leaks);
    }

    /** Names of the functions called so far, in order. */
    public List<String> calls() {
        return lines(calls);
    }

    /** How often each function was called. */
    public Map<String, Long> counts() {
        return calls().stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** Whether a range of device memory is allocated as a whole. */
    public boolean memory(long address, long bytes) {
        return (int) invoke(memory, address, bytes) != 0;
    }

    private List<String> lines(MethodHandle function, String argument) {
        try (Arena arena = Arena.ofConfined()) {
            return lines((MemorySegment) function.invoke(arena.allocateFrom(argument)));
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> lines(MethodHandle function) {
        return lines((MemorySegment) invoke(function));
    }

    private static List<String> lines(MemorySegment text) {
        return text.reinterpret(Long.MAX_VALUE).getString(0).lines().toList();
    }

    private static Object invoke(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
