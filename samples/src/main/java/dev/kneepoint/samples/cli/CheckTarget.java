package dev.kneepoint.samples.cli;

import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.BackendRegistry;
import java.util.List;
import java.util.Optional;

/**
 * The backend that is checked.
 *
 * @param backend its id
 * @param reason why it was chosen; empty if it was asked for
 * @param devices what it would run on, in words; empty if it cannot run
 */
record CheckTarget(String backend, Optional<String> reason, List<String> devices) {
    /** What is asked for by whoever does not mind. */
    static final String ANY = "auto";

    private static final String CUDA = "cuda";
    private static final String OTHERWISE = "opencl";

    CheckTarget {
        devices = List.copyOf(devices);
    }

    /** The backend of a name; {@value #ANY} is cuda where it can run, else opencl. */
    static CheckTarget of(String asked, BackendRegistry registry) {
        if (!asked.equals(ANY)) {
            return new CheckTarget(asked, Optional.empty(), devices(asked, registry));
        }
        List<String> cuda = devices(CUDA, registry);
        return cuda.isEmpty()
                ? new CheckTarget(OTHERWISE, Optional.of(missing(registry)), devices(OTHERWISE, registry))
                : new CheckTarget(CUDA, Optional.of("it can run here"), cuda);
    }

    /** Whether it computes on GPUs, to which other sizes are suited. */
    boolean isGpu() {
        return backend.equals(CUDA);
    }

    private static List<String> devices(String backend, BackendRegistry registry) {
        return found(backend, registry)
                .map(BackendRegistry.Found::availability)
                .map(a -> a instanceof Availability.Ready ready ? ready.devices() : List.<String>of())
                .orElse(List.of());
    }

    private static String missing(BackendRegistry registry) {
        return found(CUDA, registry)
                .map(BackendRegistry.Found::availability)
                .map(a -> a instanceof Availability.Missing m
                        ? "backend cuda cannot run here: " + m.reason() + "; " + m.remedy()
                        : "backend cuda shows no device")
                .orElse("there is no backend cuda");
    }

    private static Optional<BackendRegistry.Found> found(String backend, BackendRegistry registry) {
        return registry.all().stream().filter(f -> f.id().equals(backend)).findFirst();
    }
}
