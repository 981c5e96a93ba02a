package dev.kneepoint.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Locale;

/**
 * Whether there is a CUDA driver. Asked before JCuda is touched, whose class stays broken for the life of the JVM where
 * there is none.
 */
final class CudaLibrary {
    private static final String SYMBOL = "cuInit";

    private CudaLibrary() {}

    /** Names under which JCuda looks for the driver on an operating system; empty where it has no native code for it. */
    static List<String> names(String osName) {
        String os = osName.toLowerCase(Locale.ROOT);
        if (os.contains("windows")) {
            return List.of("nvcuda.dll");
        }
        return os.contains("linux") ? List.of("libcuda.so.1") : List.of();
    }

    static boolean isPresent(List<String> names) {
        return names.stream().anyMatch(CudaLibrary::loads);
    }

    private static boolean loads(String name) {
        try (Arena arena = Arena.ofConfined()) {
            return SymbolLookup.libraryLookup(name, arena).find(SYMBOL).isPresent();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
