package dev.kneepoint.backend.opencl;

import com.google.common.base.Splitter;
import dev.kneepoint.plan.PlanSample;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Options of the backend.
 *
 * @param devices what to run on, as {@link DeviceChoice} reads it; empty for the first platform's best kind
 * @param cores cores of a rank on a CPU device, which is split accordingly; 0 to leave devices whole
 * @param sample how much of a plan is run
 * @param timeout longest wait for a rank that issues nothing
 * @param kernels form of the kernels, and where built programs are kept
 */
record OpenClOptions(List<String> devices, int cores, PlanSample sample, Duration timeout, KernelOptions kernels) {
    private static final String DEVICE = "opencl.device";
    private static final String CORES = "opencl.cores";
    private static final String LAYERS = "opencl.layers";
    private static final String MICRO_BATCHES = "opencl.micro-batches";
    private static final String TIMEOUT = "opencl.timeout";
    private static final String KERNELS = "opencl.kernels";
    private static final String CACHE = "opencl.cache";
    private static final Set<String> NAMES = Set.of(DEVICE, CORES, LAYERS, MICRO_BATCHES, TIMEOUT, KERNELS, CACHE);

    static OpenClOptions of(Map<String, String> options) {
        for (String name : options.keySet()) {
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException(
                        "backend opencl has no option '" + name + "'; it has " + new TreeSet<>(NAMES));
            }
        }
        return new OpenClOptions(
                Splitter.on(',').trimResults().omitEmptyStrings().splitToList(options.getOrDefault(DEVICE, "")),
                options.getOrDefault(CORES, "1").equals("all") ? 0 : count(options, CORES, 1, 1),
                new PlanSample(
                        count(options, LAYERS, 1, Integer.MAX_VALUE),
                        count(options, MICRO_BATCHES, 2, Integer.MAX_VALUE)),
                timeout(options.getOrDefault(TIMEOUT, "PT60S")),
                new KernelOptions(form(options.getOrDefault(KERNELS, "auto")), cache(options)));
    }

    private static int count(Map<String, String> options, String name, int least, int otherwise) {
        String text = options.get(name);
        if (text == null) {
            return otherwise;
        }
        int value;
        try {
            value = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            String also = name.equals(CORES) ? " or 'all'" : "";
            throw new IllegalArgumentException(name + " is a whole number" + also + ", not '" + text + "'", e);
        }
        if (value < least) {
            throw new IllegalArgumentException(name + " is at least " + least + ", not " + text);
        }
        return value;
    }

    private static Optional<KernelForm> form(String text) {
        return switch (text) {
            case "auto" -> Optional.empty();
            case "cpu" -> Optional.of(KernelForm.CPU);
            case "gpu" -> Optional.of(KernelForm.GPU);
            default -> throw new IllegalArgumentException(KERNELS + " is 'auto', 'cpu' or 'gpu', not '" + text + "'");
        };
    }

    private static Optional<Path> cache(Map<String, String> options) {
        String text = options.get(CACHE);
        if (text == null) {
            return KernelOptions.standard().cache();
        }
        if (text.equals("off")) {
            return Optional.empty();
        }
        try {
            if (!text.isBlank()) {
                return Optional.of(Path.of(text));
            }
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(CACHE + " is a folder or 'off', not '" + text + "'", e);
        }
        throw new IllegalArgumentException(CACHE + " is a folder or 'off', not empty");
    }

    private static Duration timeout(String text) {
        Duration value;
        try {
            value = Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(TIMEOUT + " is a duration such as PT30S, not '" + text + "'", e);
        }
        if (!value.isPositive() || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(TIMEOUT + " is above zero and at most a day, not " + text);
        }
        return value;
    }
}
