package dev.kneepoint.profile;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.NetworkKind;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.Suggest;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The profiles and stack presets that ship with the library. Each JSON file names its source. */
public final class ProfileCatalog {
    private static final List<String> STACKS = List.of(
            "cpu-threads",
            "deepspeed-zero3",
            "jax",
            "megatron-2021",
            "megatron-2022",
            "megatron-core-2024",
            "megatron-core-2025",
            "nanotron",
            "torch-fsdp",
            "torch-fsdp-compiled",
            "torchtitan");
    private static final List<String> DEVICES = List.of(
            "ampere",
            "blackwell",
            "blackwell-ultra",
            "cdna3",
            "grace-blackwell",
            "grace-blackwell-ultra",
            "host",
            "hopper",
            "hopper-500w",
            "volta");

    private static final class Holder {
        static final ImmutableSortedMap<String, SoftwareStack> STACK_BY_NAME = loadStacks();
        static final ImmutableSortedMap<String, DeviceProfile> DEVICE_BY_NAME = loadDevices();
        static final ImmutableSortedMap<String, NetworkProfile> NETWORK_BY_NAME = loadNetworks();
    }

    private ProfileCatalog() {}

    /**
     * All stack presets.
     *
     * @return by name, sorted
     */
    public static SortedMap<String, SoftwareStack> stacks() {
        return Holder.STACK_BY_NAME;
    }

    /**
     * The stack preset of a name.
     *
     * @param name for example {@code torch-fsdp}
     * @return the preset
     * @throws IllegalArgumentException if there is none, with the nearest name
     */
    public static SoftwareStack stack(String name) {
        SoftwareStack found = stacks().get(name);
        if (found == null) {
            throw new IllegalArgumentException("unknown stack '" + name + "'"
                    + Suggest.near(name, STACKS)
                            .map(n -> "; did you mean '" + n + "'?")
                            .orElse("; known: " + STACKS));
        }
        return found;
    }

    /**
     * A preset's name, or a file if it ends in {@code .json}.
     *
     * @param nameOrFile a name or a path
     * @return the stack
     * @throws IllegalArgumentException if the name is unknown or the file is wrong: file, line and field are named
     */
    public static SoftwareStack resolveStack(String nameOrFile) {
        return nameOrFile.endsWith(".json")
                ? ProfileFiles.stack(JsonFiles.read(Path.of(nameOrFile)))
                : stack(nameOrFile);
    }

    /**
     * The profile of a cluster: its device architecture's and its network family's.
     *
     * @param cluster the cluster
     * @return the profile
     * @throws IllegalArgumentException if there is none for the architecture
     */
    public static HardwareProfile hardware(Cluster cluster) {
        String architecture = cluster.accelerator().architecture();
        DeviceProfile device = Holder.DEVICE_BY_NAME.get(architecture);
        if (device == null) {
            throw new IllegalArgumentException("no device profile for architecture '" + architecture
                    + "' of cluster '" + cluster.name() + "'"
                    + Suggest.near(architecture, DEVICES)
                            .map(n -> "; did you mean '" + n + "'?")
                            .orElse("")
                    + "; known: " + DEVICES);
        }
        NetworkProfile network =
                Holder.NETWORK_BY_NAME.get(cluster.fabric().network().label());
        if (network == null) {
            throw new IllegalStateException(
                    "no network profile for " + cluster.fabric().network());
        }
        return new HardwareProfile(device, network);
    }

    /**
     * The device profiles by architecture.
     *
     * @return name to profile, sorted
     */
    @Incubating
    public static SortedMap<String, DeviceProfile> devices() {
        return Holder.DEVICE_BY_NAME;
    }

    /**
     * The network profiles by family.
     *
     * @return label of the {@link NetworkKind} to profile, sorted
     */
    @Incubating
    public static SortedMap<String, NetworkProfile> networks() {
        return Holder.NETWORK_BY_NAME;
    }

    /**
     * Writes a device profile as the JSON that this catalog reads.
     *
     * @param profile the profile
     * @param out where to; not closed
     */
    @Incubating
    public static void write(DeviceProfile profile, Writer out) {
        ProfileOut.write(profile, out);
    }

    /**
     * Writes a network profile as the JSON that this catalog reads.
     *
     * @param profile the profile
     * @param out where to; not closed
     */
    @Incubating
    public static void write(NetworkProfile profile, Writer out) {
        ProfileOut.write(profile, out);
    }

    private static ImmutableSortedMap<String, SoftwareStack> loadStacks() {
        SortedMap<String, SoftwareStack> out = new TreeMap<>();
        for (String name : STACKS) {
            out.put(name, ProfileFiles.stack(JsonFiles.resource(ProfileCatalog.class, "stack-" + name + ".json")));
        }
        return ImmutableSortedMap.copyOf(out);
    }

    private static ImmutableSortedMap<String, DeviceProfile> loadDevices() {
        SortedMap<String, DeviceProfile> out = new TreeMap<>();
        for (String name : DEVICES) {
            out.put(name, ProfileFiles.device(JsonFiles.resource(ProfileCatalog.class, "device-" + name + ".json")));
        }
        return ImmutableSortedMap.copyOf(out);
    }

    private static ImmutableSortedMap<String, NetworkProfile> loadNetworks() {
        SortedMap<String, NetworkProfile> out = new TreeMap<>();
        for (NetworkKind kind : NetworkKind.values()) {
            String name = kind.label();
            out.put(name, ProfileFiles.network(JsonFiles.resource(ProfileCatalog.class, "network-" + name + ".json")));
        }
        return ImmutableSortedMap.copyOf(out);
    }
}
