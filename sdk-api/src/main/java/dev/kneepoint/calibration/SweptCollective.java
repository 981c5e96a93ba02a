package dev.kneepoint.calibration;

import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.cost.CollectiveCost;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.units.Bytes;
import java.util.Optional;

/**
 * A row of a sweep with its machine.
 *
 * @param kind the collective
 * @param bytes as the kind counts them
 * @param shape of the group
 * @param domains scale-up domains that the group spans
 * @param seconds measured
 * @param architecture name of the device profile
 * @param fabric the links
 */
record SweptCollective(
        CollectiveKind kind,
        double bytes,
        GroupShape shape,
        int domains,
        double seconds,
        String architecture,
        Fabric fabric)
        implements MicrobenchmarkCase {
    boolean crosses() {
        return domains > 1;
    }

    double busBytes() {
        return kind.busBytes(bytes, shape.ranks());
    }

    @Override
    public String group() {
        return kind.label() + ", " + shape;
    }

    @Override
    public String label() {
        return kind.label() + " of " + Bytes.of(bytes);
    }

    @Override
    public double measuredSeconds() {
        return seconds;
    }

    @Override
    public Optional<String> network() {
        return crosses() ? Optional.of(fabric.network().label()) : Optional.empty();
    }

    /** Sweeps time what a stream does, and add nothing of their own. */
    @Override
    public String tool() {
        return "sweep";
    }

    @Override
    public double predict(MicrobenchmarkProfiles profiles) {
        CollectiveCost cost = new CollectiveCost();
        String network = fabric.network().label();
        cost.set(
                fabric,
                new HardwareProfile(
                        device(profiles),
                        MicrobenchmarkCase.require(profiles.networks().get(network), network)),
                1);
        return cost.seconds(kind, bytes, 1, shape.ranks(), (double) shape.ranks() / domains);
    }
}
