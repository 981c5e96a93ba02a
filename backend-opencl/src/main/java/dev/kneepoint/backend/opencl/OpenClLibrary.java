package dev.kneepoint.backend.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Locale;

/**
 * Whether there is an OpenCL loader. Asked before JOCL is touched: without a loader JOCL writes to the standard output and
 * its class stays broken for the life of the JVM.
 */
final class OpenClLibrary {
    private static final String SYMBOL = "clGetPlatformIDs";

    private OpenClLibrary() {}

    /** Names under which JOCL looks for the loader on an operating system. */
    static List<String> names(String osName) {
        String os = osName.toLowerCase(Locale.ROOT);
        if (os.contains("windows")) {
            return List.of("OpenCL.dll");
        }
        if (os.contains("mac")) {
            return List.of("/System/Library/Frameworks/OpenCL.framework/OpenCL");
        }
        return List.of("libOpenCL.so.1", "libOpenCL.so");
    }

    static boolean isPresent(List<String> names) {
        return names.stream().anyMatch(OpenClLibrary::loads);
    }

    private static boolean loads(String name) {
        try (Arena arena = Arena.ofConfined()) {
            return SymbolLookup.libraryLookup(name, arena).find(SYMBOL).isPresent();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
