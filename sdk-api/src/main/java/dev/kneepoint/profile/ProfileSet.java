package dev.kneepoint.profile;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.internal.json.Suggest;
import java.util.SortedMap;

/**
 * One consistent set of profiles: device architectures, network families and software stacks by name. What ships is
 * {@link ProfileCatalog#shipped()}; a calibration returns a changed set. Immutable.
 *
 * @param devices by architecture
 * @param networks by network family
 * @param stacks by preset
 */
@Incubating
public record ProfileSet(
        SortedMap<String, DeviceProfile> devices,
        SortedMap<String, NetworkProfile> networks,
        SortedMap<String, SoftwareStack> stacks) {
    /** Copies the maps. */
    public ProfileSet {
        devices = ImmutableSortedMap.copyOf(devices);
        networks = ImmutableSortedMap.copyOf(networks);
        stacks = ImmutableSortedMap.copyOf(stacks);
    }

    /**
     * The profile of a cluster: its device architecture's and its network family's.
     *
     * @param cluster the cluster
     * @return the profile
     * @throws IllegalArgumentException if there is none for the architecture
     */
    public HardwareProfile hardware(Cluster cluster) {
        String architecture = cluster.accelerator().architecture();
        DeviceProfile device = devices.get(architecture);
        if (device == null) {
            throw new IllegalArgumentException("no device profile for architecture '" + architecture + "' of cluster '"
                    + cluster.name() + "'"
                    + Suggest.near(architecture, devices.keySet())
                            .map(n -> "; did you mean '" + n + "'?")
                            .orElse("")
                    + "; known: " + devices.keySet());
        }
        NetworkProfile network = networks.get(cluster.fabric().network().label());
        if (network == null) {
            throw new IllegalStateException(
                    "no network profile for " + cluster.fabric().network());
        }
        return new HardwareProfile(device, network);
    }

    /**
     * The stack preset of a name.
     *
     * @param name for example {@code torch-fsdp}
     * @return the preset
     * @throws IllegalArgumentException if there is none, with the nearest name
     */
    public SoftwareStack stack(String name) {
        SoftwareStack found = stacks.get(name);
        if (found == null) {
            throw new IllegalArgumentException("unknown stack '" + name + "'"
                    + Suggest.near(name, stacks.keySet())
                            .map(n -> "; did you mean '" + n + "'?")
                            .orElse("; known: " + stacks.keySet()));
        }
        return found;
    }

    /**
     * The value of one constant.
     *
     * @param name {@code device}, {@code network} or {@code stack}, a profile's name and the path of a component, for
     *     example {@code stack/torch-fsdp/kernels.launchMicros}; with {@code *} as the profile's name, the value of the
     *     first profile, which all of them share
     * @return the value
     * @throws IllegalArgumentException if there is no such constant
     */
    public double constant(String name) {
        ConstantName n = ConstantName.parse(name);
        return (double) n.path().get(matching(n).values().iterator().next());
    }

    /**
     * Whether a profile of this set has a constant.
     *
     * @param name as in {@link #constant}
     * @return false if the name covers no profile of this set
     * @throws IllegalArgumentException if the name reads like none of a constant
     */
    public boolean has(String name) {
        ConstantName n = ConstantName.parse(name);
        return profiles(n).keySet().stream().anyMatch(n::covers);
    }

    /**
     * A set with another value of one constant, in every profile that the name covers.
     *
     * @param name as in {@link #constant}
     * @param value the value
     * @return the changed set
     * @throws IllegalArgumentException if there is no such constant, or the value is out of its range
     */
    public ProfileSet with(String name, double value) {
        ConstantName n = ConstantName.parse(name);
        matching(n);
        return switch (n.kind()) {
            case DEVICE -> new ProfileSet(changed(devices, n, value), networks, stacks);
            case NETWORK -> new ProfileSet(devices, changed(networks, n, value), stacks);
            case STACK -> new ProfileSet(devices, networks, changed(stacks, n, value));
        };
    }

    private SortedMap<String, ? extends Record> matching(ConstantName n) {
        SortedMap<String, ? extends Record> all = profiles(n);
        SortedMap<String, ? extends Record> found = Maps.filterKeys(all, n::covers);
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    "no " + n.kind().label() + " profile '" + n.profile() + "'; known: " + all.keySet());
        }
        return found;
    }

    private SortedMap<String, ? extends Record> profiles(ConstantName n) {
        return switch (n.kind()) {
            case DEVICE -> devices;
            case NETWORK -> networks;
            case STACK -> stacks;
        };
    }

    private static <T extends Record> SortedMap<String, T> changed(
            SortedMap<String, T> all, ConstantName n, double value) {
        return Maps.transformEntries(
                all, (name, profile) -> n.covers(name) ? n.path().with(profile, value) : profile);
    }
}
