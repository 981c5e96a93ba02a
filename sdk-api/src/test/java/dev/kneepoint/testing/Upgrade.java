package dev.kneepoint.testing;

import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.cluster.Node;
import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.units.BytesPerSecond;
import dev.kneepoint.units.FlopsPerSecond;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One resource of a machine, made better by a factor: more of a rate, less of a latency. */
public enum Upgrade {
    /** The dense peaks. */
    PEAK {
        @Override
        Cluster cluster(Cluster c, double factor) {
            var peaks = new HashMap<>(c.accelerator().peaks());
            peaks.replaceAll((precision, rate) -> new FlopsPerSecond(rate.value() * factor));
            return on(c, RecordFields.with(c.accelerator(), Map.of("peaks", peaks)));
        }
    },
    /** The rate of the devices' memory. */
    MEMORY_BANDWIDTH {
        @Override
        Cluster cluster(Cluster c, double factor) {
            var faster = new BytesPerSecond(c.accelerator().memoryBandwidth().value() * factor);
            return on(c, RecordFields.with(c.accelerator(), Map.of("memory_bandwidth", faster)));
        }
    },
    /** The links inside a scale-up domain. */
    SCALE_UP_BANDWIDTH {
        @Override
        Cluster cluster(Cluster c, double factor) {
            var faster = new BytesPerSecond(c.fabric().scaleUpBandwidth().value() * factor);
            return on(c, RecordFields.with(c.fabric(), Map.of("scale_up_bandwidth", faster)));
        }
    },
    /** The network between domains. */
    NETWORK_BANDWIDTH {
        @Override
        Cluster cluster(Cluster c, double factor) {
            var faster =
                    new BytesPerSecond(c.fabric().networkBandwidthPerDevice().value() * factor);
            return on(c, RecordFields.with(c.fabric(), Map.of("network_bandwidth_per_device", faster)));
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
