package dev.kneepoint.cluster;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonValue;
import dev.kneepoint.internal.json.Suggest;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.units.BytesPerSecond;
import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.units.Watts;
import dev.kneepoint.workload.Precision;
import java.io.Writer;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Real machines by name, from vendor data sheets and cloud documentation: DGX V100, A100, H100, H200, HGX B200 and B300,
 * GB200 and GB300 NVL72, eight MI300X, and the cloud nodes p3dn, p4d, p4de, p5, p5en, ND A100 v4, ND H100 v5, a3-high,
 * a3-mega, a3-ultra. Network rates are nominal; node overheads are estimates of use, not ratings.
 */
public final class ClusterCatalog {
    private static final Set<String> FIELDS = Set.of(
            "name",
            "accelerator",
            "devices_per_node",
            "node_overhead_w",
            "scale_up_domain",
            "scale_up_gb_s",
            "network",
            "network_gbit_s_per_node",
            "oversubscription",
            "price_usd_per_device_hour",
            "price_note",
            "max_devices");
    private static final Set<String> DEVICE_FIELDS = Set.of(
            "name", "architecture", "peaks_tflops", "memory_gb", "memory_bandwidth_gb_s", "multiprocessors", "power_w");

    private static final Map<String, List<String>> CONSTRUCTOR_FIELDS =
            Map.of("pricePerDeviceHour", List.of("price_usd_per_device_hour"));

    private static final class Holder {
        static final ImmutableSortedMap<String, Cluster> CLUSTERS = load();
    }

    private ClusterCatalog() {}

    /**
     * All clusters.
     *
     * @return by name, sorted
     */
    public static SortedMap<String, Cluster> all() {
        return Holder.CLUSTERS;
    }

    /**
     * The cluster of a name.
     *
     * @param name a catalog name, for example {@code dgx-h100}
     * @return the cluster
     * @throws IllegalArgumentException if there is none, with the nearest name
     */
    public static Cluster get(String name) {
        Cluster found = all().get(name);
        if (found == null) {
            throw new IllegalArgumentException("unknown cluster '" + name + "'"
                    + Suggest.near(name, all().keySet())
                            .map(n -> "; did you mean '" + n + "'?")
                            .orElse("")
                    + " (`kneepoint clusters` lists them; a file ends in .json)");
        }
        return found;
    }

    /**
     * A catalog name, or a file if it ends in {@code .json}: a cluster's, or a calibrated machine's, whose field
     * {@code cluster} counts.
     *
     * @param nameOrFile a name or a path
     * @return the cluster
     * @throws IllegalArgumentException if the name is unknown or the file is wrong: file, line and field are named
     */
    public static Cluster resolve(String nameOrFile) {
        if (!nameOrFile.endsWith(".json")) {
            return get(nameOrFile);
        }
        JsonValue file = JsonFiles.read(Path.of(nameOrFile));
        return parse(file.has("schema") ? file.get("cluster") : file);
    }

    /**
     * Writes a cluster as the JSON that {@link #resolve} reads.
     *
     * @param cluster the cluster
     * @param out where to; not closed
     * @since 0.2
     */
    @Incubating
    public static void write(Cluster cluster, Writer out) {
        ClusterOut.write(cluster, out);
    }

    private static ImmutableSortedMap<String, Cluster> load() {
        SortedMap<String, Cluster> clusters = new TreeMap<>();
        for (JsonValue v :
                JsonFiles.resource(ClusterCatalog.class, "clusters.json").list()) {
            Cluster cluster = parse(v);
            clusters.put(cluster.name(), cluster);
        }
        return ImmutableSortedMap.copyOf(clusters);
    }

    private static Cluster parse(JsonValue v) {
        v.allow(FIELDS);
        JsonValue device = v.get("accelerator");
        Accelerator accelerator = device.build(() -> accelerator(device));
        Watts overhead = v.find("node_overhead_w")
                .map(x -> x.build(() -> new Watts(x.number())))
                .orElse(new Watts(0));
        JsonValue link = v.get("scale_up_gb_s");
        JsonValue network = v.get("network");
        NetworkKind kind = network.build(() -> NetworkKind.parse(network.text()));
        int perNode = v.integer("devices_per_node");
        return v.build(
                () -> new Cluster(
                        v.text("name"),
                        new Node(accelerator, perNode, overhead),
                        new Fabric(
                                v.integer("scale_up_domain", perNode),
                                link.build(() -> BytesPerSecond.gb(v.positive("scale_up_gb_s"))),
                                kind,
                                v.get("network_gbit_s_per_node")
                                        .build(() ->
                                                BytesPerSecond.gbit(v.positive("network_gbit_s_per_node") / perNode)),
                                v.number("oversubscription", 1)),
                        v.number("price_usd_per_device_hour", 0),
                        v.text("price_note", "given by the user"),
                        v.integer("max_devices", 65_536)),
                CONSTRUCTOR_FIELDS);
    }

    private static Accelerator accelerator(JsonValue v) {
        v.allow(DEVICE_FIELDS);
        Map<Precision, FlopsPerSecond> peaks = new EnumMap<>(Precision.class);
        JsonValue given = v.get("peaks_tflops");
        given.object().forEach((name, peak) -> {
            Precision precision = peak.build(() -> Precision.parse(name));
            if (peaks.containsKey(precision)) {
                throw peak.error("the precision " + precision.label() + " is given twice");
            }
            peaks.put(precision, peak.build(() -> FlopsPerSecond.tera(given.positive(name))));
        });
        return new Accelerator(
                v.text("name"),
                v.text("architecture"),
                peaks,
                v.get("memory_gb").build(() -> Bytes.gb(v.positive("memory_gb"))),
                v.get("memory_bandwidth_gb_s").build(() -> BytesPerSecond.gb(v.positive("memory_bandwidth_gb_s"))),
                v.integer("multiprocessors"),
                v.get("power_w").build(() -> new Watts(v.positive("power_w"))));
    }
}
