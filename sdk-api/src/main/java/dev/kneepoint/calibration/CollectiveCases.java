package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.cluster.NetworkKind;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.units.BytesPerSecond;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which machine, network and library a measured collective belongs to. */
final class CollectiveCases {
    private static final double SMALLEST = 1 << 20;
    private static final double ROUNDING = 1e-3;

    /** First match counts. */
    private static final Map<String, String> CLUSTERS = ImmutableMap.<String, String>builder()
            .put("A100", "dgx-a100-80gb")
            .put("H100", "dgx-h100")
            .put("H200", "dgx-h200")
            .put("B200", "hgx-b200")
            .put("GB200", "gb200-nvl72")
            .put("GB300", "gb300-nvl72")
            .buildOrThrow();

    private static final Map<String, NetworkKind> NETWORKS = ImmutableMap.<String, NetworkKind>builder()
            .put("EFA", NetworkKind.EFA)
            .put("TCPXO", NetworkKind.TCPXO)
            .put("TCPX", NetworkKind.TCPX)
            .put("ROCE", NetworkKind.ROCE)
            .put("RACKS", NetworkKind.NVL_RACK)
            .put("IB", NetworkKind.INFINIBAND)
            .put("HDR", NetworkKind.INFINIBAND)
            .put("NDR", NetworkKind.INFINIBAND)
            .buildOrThrow();

    private static final Pattern ADAPTERS = Pattern.compile("(\\d+)x(\\d+)G");
    private static final Pattern SUBGROUPS = Pattern.compile(", \\d+ groups of \\d+");

    private CollectiveCases() {}

    /** Why a row cannot be compared, if so. */
    static Optional<String> leftOut(CollectiveSample s) {
        if (s.quality().equals("C")) {
            return Optional.of("quality C");
        }
        if (s.bytes() == 0 || s.seconds() == 0) {
            return Optional.of("no message size or no time");
        }
        if (s.bytes() < SMALLEST * (1 - ROUNDING)) {
            return Optional.of("below 1 MiB");
        }
        if (kind(s).isEmpty()) {
            return Optional.of("no collective of the model: " + s.collective());
        }
        if (base(s).isEmpty()) {
            return Optional.of("no fitted profile of " + s.device());
        }
        String algorithm = s.algorithm().toUpperCase(Locale.ROOT);
        if (algorithm.contains("SHARP") || algorithm.contains("FORCED")) {
            return Optional.of(
                    "reduction in the network's switches, or an algorithm forced against the library's choice");
        }
        return crosses(s) && fabric(s).isEmpty() ? Optional.of("network adapters not stated") : Optional.empty();
    }

    private static Optional<CollectiveKind> kind(CollectiveSample s) {
        return switch (s.collective()) {
            case "all_reduce" -> Optional.of(CollectiveKind.ALL_REDUCE);
            case "all_gather" -> Optional.of(CollectiveKind.ALL_GATHER);
            case "reduce_scatter" -> Optional.of(CollectiveKind.REDUCE_SCATTER);
            case "all_to_all" -> Optional.of(CollectiveKind.ALL_TO_ALL);
            default -> Optional.empty();
        };
    }

    private static Optional<Cluster> base(CollectiveSample s) {
        return CLUSTERS.entrySet().stream()
                .filter(e -> s.device().startsWith(e.getKey()))
                .findFirst()
                .map(e -> ClusterCatalog.get(e.getValue()));
    }

    private static boolean crosses(CollectiveSample s) {
        return base(s).map(c -> s.ranks() > c.fabric().scaleUpDomain()).orElse(false);
    }

    /** The fabric that the row describes; inside a domain the network does not matter. */
    private static Optional<Fabric> fabric(CollectiveSample s) {
        Cluster cluster = base(s).orElseThrow();
        Fabric f = cluster.fabric();
        if (!crosses(s)) {
            return Optional.of(f);
        }
        String text = s.fabric().toUpperCase(Locale.ROOT);
        Optional<NetworkKind> network = NETWORKS.entrySet().stream()
                .filter(e -> text.contains(e.getKey()))
                .findFirst()
                .map(Map.Entry::getValue);
        if (network.isPresent() && network.get() == NetworkKind.NVL_RACK) {
            return Optional.of(f);
        }
        Matcher adapters = ADAPTERS.matcher(s.fabric());
        return network.filter(n -> adapters.find())
                .map(n -> new Fabric(
                        f.scaleUpDomain(),
                        f.scaleUpBandwidth(),
                        n,
                        BytesPerSecond.gbit(Double.parseDouble(adapters.group(1))
                                * Double.parseDouble(adapters.group(2))
                                / f.scaleUpDomain()),
                        1));
    }

    static MicrobenchmarkCase of(CollectiveSample s) {
        Accelerator device = base(s).orElseThrow().accelerator();
        boolean rack = base(s).orElseThrow().fabric().network() == NetworkKind.NVL_RACK;
        String tool = s.kind().startsWith("XLA")
                ? (rack ? "xla-rack" : "xla")
                : s.kind().startsWith("torch") ? "torch" : "nccl-tests";
        // The table of eight B200 reaches the ring's rate at every size: its library could not yet reduce in their
        // switch.
        boolean ring = s.algorithm().startsWith("ring")
                || (tool.equals("xla") && device.architecture().equals("blackwell"));
        String group = s.device() + ", " + SUBGROUPS.matcher(s.fabric()).replaceAll("");
        return new MeasuredCollective(
                s, kind(s).orElseThrow(), device, fabric(s).orElseThrow(), crosses(s), ring, tool, group);
    }
}
