package dev.kneepoint.backend.cuda;

import com.google.common.base.Splitter;
import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Finds what the data sheet says of a device. */
final class DataSheet {
    /** Boards of the same chip with other clocks and memory, which the catalog does not have, and parts of a device. */
    private static final Set<String> OTHERS = Set.of("pcie", "nvl", "mig");

    /** Drivers count memory in powers of two where data sheets round down: all of them show 4 to 8 % more. */
    private static final double LEAST_MEMORY = 0.95;

    private static final double MOST_MEMORY = 1.12;

    private DataSheet() {}

    /**
     * The accelerator of the catalog that a device is.
     *
     * @return empty if the catalog has none of its chip, multiprocessors and memory
     */
    static Optional<Accelerator> of(CudaDeviceInfo device) {
        return of(
                device,
                ClusterCatalog.all().values().stream().map(Cluster::accelerator).toList());
    }

    static Optional<Accelerator> of(CudaDeviceInfo device, Collection<Accelerator> catalog) {
        List<String> words = words(device.name());
        if (words.stream().anyMatch(OTHERS::contains)) {
            return Optional.empty();
        }
        return catalog.stream()
                .filter(a -> words.contains(words(a.name()).getFirst()))
                .filter(a -> a.multiprocessors() == device.multiprocessors())
                .filter(a -> memory(device, a) > LEAST_MEMORY && memory(device, a) < MOST_MEMORY)
                .min(Comparator.comparingDouble(a -> Math.abs(1 - memory(device, a))));
    }

    private static double memory(CudaDeviceInfo device, Accelerator accelerator) {
        return (double) device.memoryBytes() / accelerator.memory().value();
    }

    private static List<String> words(String name) {
        return Splitter.onPattern("[ -]").omitEmptyStrings().splitToList(name.toLowerCase(Locale.ROOT));
    }
}
