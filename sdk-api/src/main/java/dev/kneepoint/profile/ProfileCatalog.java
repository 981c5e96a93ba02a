package dev.kneepoint.profile;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.NetworkKind;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonValue;
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
        static final ProfileSet SHIPPED = new ProfileSet(loadDevices(), loadNetworks(), loadStacks());
    }

    private ProfileCatalog() {}

    /**
     * All stack presets.
     *
     * @return by name, sorted
     */
    public static SortedMap<String, SoftwareStack> stacks() {
        return Holder.SHIPPED.stacks();
    }

    /**
     * The stack preset of a name.
     *
     * @param name for example {@code torch-fsdp}
     * @return the preset
     * @throws IllegalArgumentException if there is none, with the nearest name
     */
    public static SoftwareStack stack(String name) {
        return shipped().stack(name);
    }

    /**
     * A preset's name, or a file if it ends in {@code .json}: a stack's, or a calibrated machine's, whose field
     * {@code stack} counts.
     *
     * @param nameOrFile a name or a path
     * @return the stack
     * @throws IllegalArgumentException if the name is unknown or the file is wrong: file, line and field are named
     */
    public static SoftwareStack resolveStack(String nameOrFile) {
        if (!nameOrFile.endsWith(".json")) {
            return stack(nameOrFile);
        }
        JsonValue file = JsonFiles.read(Path.of(nameOrFile));
        return ProfileFiles.stack(file.has("schema") ? file.get("stack") : file);
    }

    /**
     * The profile of a cluster: its device architecture's and its network family's.
     *
     * @param cluster the cluster
     * @return the profile
     * @throws IllegalArgumentException if there is none for the architecture
     */
    public static HardwareProfile hardware(Cluster cluster) {
        return shipped().hardware(cluster);
    }

    /**
     * Everything that ships, as one set.
     *
     * @return the set
     */
    public static ProfileSet shipped() {
        return Holder.SHIPPED;
    }

    /**
     * The device profiles by architecture.
     *
     * @return name to profile, sorted
     */
    @Incubating
    public static SortedMap<String, DeviceProfile> devices() {
        return Holder.SHIPPED.devices();
    }

    /**
     * The network profiles by family.
     *
     * @return label of the {@link NetworkKind} to profile, sorted
     */
    @Incubating
    public static SortedMap<String, NetworkProfile> networks() {
        return Holder.SHIPPED.networks();
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

    /**
     * Writes a software stack as the JSON that this catalog reads.
     *
     * @param stack the stack
     * @param out where to; not closed
     */
    @Incubating
    public static void write(SoftwareStack stack, Writer out) {
        ProfileOut.write(stack, out);
    }

    /**
     * What ships, with the profiles of a folder in place of those of the same name: files {@code device-NAME.json},
     * {@code network-NAME.json} and {@code stack-NAME.json}.
     *
     * @param folder the folder; other files in it are passed over
     * @return the set
     * @throws IllegalArgumentException if there is no such folder, it holds no profile, or a file is wrong: file, line and
     *     field are named
     */
    @Incubating
    public static ProfileSet read(Path folder) {
        return ProfileFolder.read(folder, shipped());
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
