package dev.kneepoint.profile;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.workload.TrainingWorkload;

/**
 * What is run on what: everything that a plan needs but the strategy and the number of devices. Immutable.
 *
 * @param workload the training step
 * @param cluster the machines
 * @param hardware how the machines perform
 * @param stack the training framework
 */
public record Scenario(TrainingWorkload workload, Cluster cluster, HardwareProfile hardware, SoftwareStack stack) {
    /**
     * A scenario with the catalog's hardware profile for the cluster.
     *
     * @param workload the training step
     * @param cluster the machines
     * @param stack the training framework
     * @return the scenario
     */
    public static Scenario of(TrainingWorkload workload, Cluster cluster, SoftwareStack stack) {
        return new Scenario(workload, cluster, ProfileCatalog.hardware(cluster), stack);
    }

    /**
     * The same scenario with another workload.
     *
     * @param changed the training step
     * @return the changed scenario
     */
    public Scenario withWorkload(TrainingWorkload changed) {
        return new Scenario(changed, cluster, hardware, stack);
    }
}
