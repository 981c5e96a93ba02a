package dev.kneepoint.testing;

import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.cluster.Node;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.units.BytesPerSecond;
import dev.kneepoint.units.FlopsPerSecond;
import java.util.HashMap;
import java.util.List;

/** One resource of a machine, made better by a factor: more of a rate, less of a latency. */
public enum Upgrade {
    /** The dense peaks. */
    PEAK {
        @Override
        Cluster cluster(Cluster c, double factor) {
            Accelerator a = c.accelerator();
            var peaks = new HashMap<>(a.peaks());
            peaks.replaceAll((precision, rate) -> new FlopsPerSecond(rate.value() * factor));
            return on(
                    c,
                    new Accelerator(
                            a.name(),
                            a.architecture(),
                            peaks,
                            a.memory(),
                            a.memoryBandwidth(),
                            a.multiprocessors(),
                            a.power()));
        }
    },
    /** The rate of the devices' memory. */
    MEMORY_BANDWIDTH {
        @Override
        Cluster cluster(Cluster c, double factor) {
            Accelerator a = c.accelerator();
            var faster = new BytesPerSecond(a.memoryBandwidth().value() * factor);
            return on(
                    c,
                    new Accelerator(
                            a.name(), a.architecture(), a.peaks(), a.memory(), faster, a.multiprocessors(), a.power()));
        }
    },
    /** The links inside a scale-up domain. */
    SCALE_UP_BANDWIDTH {
        @Override
        Cluster cluster(Cluster c, double factor) {
            Fabric f = c.fabric();
            var faster = new BytesPerSecond(f.scaleUpBandwidth().value() * factor);
            return on(
                    c,
                    new Fabric(
                            f.scaleUpDomain(),
                            faster,
                            f.network(),
                            f.networkBandwidthPerDevice(),
                            f.oversubscription()));
        }
    },
    /** The network between domains. */
    NETWORK_BANDWIDTH {
        @Override
        Cluster cluster(Cluster c, double factor) {
            Fabric f = c.fabric();
            var faster = new BytesPerSecond(f.networkBandwidthPerDevice().value() * factor);
            return on(
                    c, new Fabric(f.scaleUpDomain(), f.scaleUpBandwidth(), f.network(), faster, f.oversubscription()));
        }
    },
    /** Start-up and hops inside a scale-up domain. */
    SCALE_UP_LATENCY {
        @Override
        ProfileSet profiles(ProfileSet set, Scenario s, double factor) {
            return shortened(
                    set,
                    "device/" + s.hardware().device().name() + "/scaleUp.",
                    List.of("startMicros", "hopScale", "reduceStartMicros", "reduceHopMicros", "exchangeHopScale"),
                    factor);
        }
    },
    /** Start-up and hops between domains. */
    NETWORK_LATENCY {
        @Override
        ProfileSet profiles(ProfileSet set, Scenario s, double factor) {
            return shortened(
                    set,
                    "network/" + s.hardware().network().name() + "/",
                    List.of("startMicros", "ringScale", "treeHopMicros"),
                    factor);
        }
    },
    /** The host's time to issue kernels and collectives. */
    LAUNCH {
        @Override
        ProfileSet profiles(ProfileSet set, Scenario s, double factor) {
            return shortened(
                    set,
                    "stack/" + s.stack().name() + "/",
                    List.of("kernels.launchMicros", "communication.collectiveLaunchMicros"),
                    factor);
        }
    };

    /**
     * A scenario on the better machine.
     *
     * @param set where the scenario's profiles come from
     * @param s the scenario
     * @param factor above 1
     * @return the changed scenario
     */
    public Scenario apply(ProfileSet set, Scenario s, double factor) {
        ProfileSet changed = profiles(set, s, factor);
        Cluster cluster = cluster(s.cluster(), factor);
        return new Scenario(
                s.workload(),
                cluster,
                changed.hardware(cluster),
                changed.stack(s.stack().name()));
    }

    Cluster cluster(Cluster c, double factor) {
        return c;
    }

    ProfileSet profiles(ProfileSet set, Scenario s, double factor) {
        return set;
    }

    private static Cluster on(Cluster c, Accelerator a) {
        Node node = new Node(a, c.node().devices(), c.node().overhead());
        return new Cluster(c.name(), node, c.fabric(), c.pricePerDeviceHour(), c.priceNote(), c.maxDevices());
    }

    private static Cluster on(Cluster c, Fabric fabric) {
        return new Cluster(c.name(), c.node(), fabric, c.pricePerDeviceHour(), c.priceNote(), c.maxDevices());
    }

    private static ProfileSet shortened(ProfileSet set, String prefix, List<String> constants, double factor) {
        ProfileSet out = set;
        for (String c : constants) {
            out = out.with(prefix + c, out.constant(prefix + c) / factor);
        }
        return out;
    }
}
