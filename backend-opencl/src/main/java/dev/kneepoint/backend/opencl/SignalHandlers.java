package dev.kneepoint.backend.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Brings the signal handlers of the process back after native code that replaces them. Compilers inside drivers do: LLVM
 * takes SIGSEGV, with a handler that is gone after one signal, and PoCL takes SIGFPE. Java lives on both (safepoints, null
 * checks, divisions by zero), so that the next two at once end the JVM without a word, and {@code 1 / 0} is a number. What
 * LLVM has taken once it does not take again.
 *
 * <p>Does nothing where there is no {@code sigaction}. Thread-safe.
 */
final class SignalHandlers implements AutoCloseable {
    /** Standard signals; those for real time belong to whoever asks for them. */
    private static final int SIGNALS = 31;

    /** More than {@code struct sigaction} has anywhere; nothing looks inside. */
    private static final long STRUCT_BYTES = 512;

    private static final Optional<MethodHandle> SIGACTION = Linker.nativeLinker()
            .defaultLookup()
            .find("sigaction")
            .map(symbol -> Linker.nativeLinker()
                    .downcallHandle(
                            symbol,
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS)));

    private static final Object LOCK = new Object();
    private static int keepers;
    private static byte[][] kept = {};

    private boolean closed;

    private SignalHandlers() {}

    /** Remembers the handlers until it is closed; of several at once the first remembers for all. */
    static SignalHandlers keep() {
        synchronized (LOCK) {
            if (keepers++ == 0) {
                kept = all();
            }
            return new SignalHandlers();
        }
    }

    private static byte[][] all() {
        byte[][] out = new byte[SIGNALS + 1][];
        for (int signal = 1; signal <= SIGNALS; signal++) {
            out[signal] = of(signal);
        }
        return out;
    }

    /** What a signal does, in the system's form; empty where that cannot be asked. */
    static byte[] of(int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment now = arena.allocate(STRUCT_BYTES);
            return sigaction(signal, MemorySegment.NULL, now) ? now.toArray(ValueLayout.JAVA_BYTE) : new byte[0];
        }
    }

    private static void restore(int signal, byte[] before) {
        if (before.length == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            sigaction(signal, arena.allocateFrom(ValueLayout.JAVA_BYTE, before), MemorySegment.NULL);
        }
    }

    private static boolean sigaction(int signal, MemorySegment set, MemorySegment get) {
        if (SIGACTION.isEmpty()) {
            return false;
        }
        try {
            return (int) SIGACTION.get().invokeExact(signal, set, get) == 0;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a C function throws no checked exception", e);
        }
    }

    @Override
    public void close() {
        synchronized (LOCK) {
            if (!closed) {
                closed = true;
                for (int signal = 1; signal <= SIGNALS; signal++) {
                    restore(signal, kept[signal]);
                }
                keepers--;
            }
        }
    }
}
