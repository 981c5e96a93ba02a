package dev.kneepoint.backend.cuda.library;

import com.google.common.base.Throwables;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A loaded native library. It stays loaded for the life of the JVM: CUDA's libraries keep threads and handlers that must
 * not lose their code. Immutable.
 *
 * @param name what it was loaded by: a name for the loader or a path
 */
public record NativeLibrary(String name, SymbolLookup symbols) {
    private static final int LONGEST_TEXT = 1024;
    private static final MemoryLayout TEXT =
            ValueLayout.ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(LONGEST_TEXT, ValueLayout.JAVA_BYTE));

    /**
     * Loads a library.
     *
     * @param nameOrPath a name that the loader looks for, also in {@code LD_LIBRARY_PATH}, or a path
     */
    public static LibraryLookup<NativeLibrary> open(String nameOrPath) {
        try {
            return new LibraryLookup.Found<>(
                    new NativeLibrary(nameOrPath, SymbolLookup.libraryLookup(nameOrPath, Arena.global())));
        } catch (IllegalArgumentException e) {
            return new LibraryLookup.Missing<>(unloadable(nameOrPath));
        } catch (IllegalCallerException e) {
            return new LibraryLookup.Missing<>(
                    "native access is denied; run java with --enable-native-access=ALL-UNNAMED");
        }
    }

    /** Why a library is missing that the loader does not load. */
    public static String unloadable(String nameOrPath) {
        return nameOrPath + " cannot be loaded; see what it lacks with ldd";
    }

    /**
     * A function that answers with a status.
     *
     * @param function its name
     * @param parameters its parameters
     * @throws NoSuchElementException if the library lacks it
     */
    public MethodHandle bind(String function, MemoryLayout... parameters) {
        return bindOptional(function, parameters)
                .orElseThrow(() -> new NoSuchElementException(name + " lacks " + function));
    }

    /** The same, where the library may lack the function. */
    public Optional<MethodHandle> bindOptional(String function, MemoryLayout... parameters) {
        return handle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters));
    }

    /** A function that says a status in words. */
    public Optional<MethodHandle> bindText(String function) {
        return handle(function, FunctionDescriptor.of(TEXT, ValueLayout.JAVA_INT));
    }

    private Optional<MethodHandle> handle(String function, FunctionDescriptor type) {
        return symbols.find(function).map(address -> Linker.nativeLinker().downcallHandle(address, type));
    }

    /** A status in words, by a function of {@link #bindText}; empty where there is none. */
    public static String text(Optional<MethodHandle> function, int status) {
        if (function.isEmpty()) {
            return "";
        }
        try {
            MemorySegment text = (MemorySegment) function.get().invokeExact(status);
            return text.equals(MemorySegment.NULL) ? "" : text.getString(0);
        } catch (Throwable e) {
            throw wrongSignature(e);
        }
    }

    /** For the checked exceptions that the type of a handle claims and native code never throws. */
    public static AssertionError wrongSignature(Throwable thrown) {
        Throwables.throwIfUnchecked(thrown);
        return new AssertionError("a native function threw", thrown);
    }
}
