package dev.kneepoint.profile;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.TrainingWorkload;
import java.io.Writer;
import java.nio.file.Path;
import java.util.SortedMap;

/**
 * All that is known of one machine under one backend: its devices and links, how they perform, and what the backend adds.
 * One file, {@code kneepoint.profile/1}, which {@code --cluster}, {@code --stack} and {@code --profile} read. Immutable.
 *
 * @param cluster devices and links
 * @param hardware how they perform
 * @param stack what the backend adds: launches, overlap, a fixed cost per step
 * @param precision number format that the times hold for
 * @param origin where it comes from, by name: backend, device, date …
 * @since 0.2
 */
@Incubating
public record MachineProfile(
        Cluster cluster,
        HardwareProfile hardware,
        SoftwareStack stack,
        Precision precision,
        SortedMap<String, String> origin) {
    /** Copies the map. */
    public MachineProfile {
        origin = ImmutableSortedMap.copyOf(origin);
    }

    /**
     * What a catalog's cluster and stack say of a machine before any probe.
     *
     * @param cluster a cluster whose architecture has a profile in the catalog
     * @param stack a stack
     * @param precision a number format that the cluster's device has
     * @return the machine
     * @throws IllegalArgumentException if there is no profile of the architecture, or the device lacks the format
     */
    public static MachineProfile assumed(Cluster cluster, SoftwareStack stack, Precision precision) {
        if (cluster.accelerator().peak(precision).isEmpty()) {
            throw new IllegalArgumentException(
                    "accelerator '" + cluster.accelerator().name() + "' has no "
                            + precision.label() + "; it has "
                            + cluster.accelerator().peaks().keySet().stream()
                                    .map(Precision::label)
                                    .sorted()
                                    .toList());
        }
        return new MachineProfile(cluster, ProfileCatalog.hardware(cluster), stack, precision, ImmutableSortedMap.of());
    }

    /**
     * A workload on the machine.
     *
     * @param workload the training step; its number format should be the machine's
     * @return the scenario
     */
    public Scenario scenario(TrainingWorkload workload) {
        return new Scenario(workload, cluster, hardware, stack);
    }

    /**
     * Reads a machine.
     *
     * @param file a file of schema {@code kneepoint.profile/1}
     * @return the machine
     * @throws IllegalArgumentException if the file is missing or wrong: file, line and field are named
     */
    public static MachineProfile read(Path file) {
        return MachineFiles.read(file);
    }

    /**
     * Writes the machine as {@code kneepoint.profile/1}.
     *
     * @param out where to; not closed
     */
    public void write(Writer out) {
        MachineFiles.write(this, out);
    }
}
