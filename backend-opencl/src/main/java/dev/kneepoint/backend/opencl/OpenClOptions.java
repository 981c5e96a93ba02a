package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.EngineOptions;
import dev.kneepoint.backend.engine.OptionReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Options of the backend.
 *
 * @param devices what to run on, as {@link DeviceChoice} reads it; empty for the first platform's best kind
 * @param cores cores of a rank on a CPU device, which is split accordingly; 0 to leave devices whole
 * @param engine how plans are run
 * @param kernels form of the kernels, and where built programs are kept
 */
record OpenClOptions(List<String> devices, int cores, EngineOptions engine, KernelOptions kernels) {
    private static final String DEVICE = "device";
    private static final String CORES = "cores";
    private static final String ALL = "all";
    private static final String KERNELS = "kernels";
    private static final String CACHE = "cache";
    private static final String OFF = "off";

    static OpenClOptions of(Map<String, String> options) {
        OptionReader reader = new OptionReader("opencl", options, List.of(DEVICE, CORES, KERNELS, CACHE));
        return new OpenClOptions(
                reader.list(DEVICE),
                reader.text(CORES).equals(Optional.of(ALL)) ? 0 : reader.countOr(CORES, 1, 1, ALL),
                reader.engine(),
                new KernelOptions(form(reader), cache(reader)));
    }

    private static Optional<KernelForm> form(OptionReader reader) {
        return switch (reader.word(KERNELS, "auto", "cpu", "gpu")) {
            case "cpu" -> Optional.of(KernelForm.CPU);
            case "gpu" -> Optional.of(KernelForm.GPU);
            default -> Optional.empty();
        };
    }

    private static Optional<Path> cache(OptionReader reader) {
        if (reader.text(CACHE).equals(Optional.of(OFF))) {
            return Optional.empty();
        }
        return reader.path(CACHE, "a folder or 'off'").or(KernelOptions.standard()::cache);
    }
}
