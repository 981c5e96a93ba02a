package dev.kneepoint.calibration;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.cluster.NetworkKind;
import dev.kneepoint.cluster.Node;
import dev.kneepoint.units.BytesPerSecond;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Chooses the cluster of a published run from its device and the words its source uses for the network. */
final class ClusterRules {
    private static final Pattern PER_NODE = Pattern.compile("(\\d+)x[^0-9]{0,30}?(\\d+) ?Gb/s");
    private static final Pattern REVERSED = Pattern.compile("(\\d+)x [A-Za-z -]+?(\\d+)Gb/s");
    private static final Pattern WHOLE = Pattern.compile("(?<!x )(?<!\\d)(\\d+)([GT])b/s(?: [A-Za-z]+)? per node");

    private ClusterRules() {}

    static Optional<Cluster> choose(Measurement m) {
        return base(m).map(c -> onNetwork(m, ClusterCatalog.get(c)));
    }

    private static Optional<String> base(Measurement m) {
        String a = m.text("accelerator");
        if (a.contains("GB300")) {
            return Optional.of("gb300-nvl72");
        }
        if (a.contains("GB200")) {
            return Optional.of("gb200-nvl72");
        }
        if (a.contains("500W")) {
            return Optional.of("hgx-h100-96gb-500w");
        }
        if (a.contains("B300")) {
            return Optional.of("hgx-b300");
        }
        if (a.contains("B200")) {
            return Optional.of("hgx-b200");
        }
        if (a.contains("H200")) {
            return Optional.of("dgx-h200");
        }
        if (a.contains("H800")) {
            return Optional.of("hgx-h800");
        }
        if (a.contains("H100")) {
            return Optional.of("dgx-h100");
        }
        if (a.contains("A100")) {
            return Optional.of(a.contains("40GB") ? "dgx-a100-40gb" : "dgx-a100-80gb");
        }
        if (a.contains("V100")) {
            return Optional.of(m.count("gpus_per_node", 8) == 16 ? "dgx2-v100" : "dgx-v100");
        }
        if (a.contains("MI300X")) {
            return Optional.of("mi300x-8");
        }
        return Optional.empty();
    }

    private static Cluster onNetwork(Measurement m, Cluster base) {
        int perNode = m.count("gpus_per_node", base.node().devices());
        int devices = Math.min(64, perNode);
        Fabric f = base.fabric();
        boolean rack = f.network() == NetworkKind.NVL_RACK;
        String words = m.text("inter_node");
        double nodeBytes = rate(words)
                .orElse(f.networkBandwidthPerDevice().value() * base.node().devices());
        double share = rack
                ? rate(words)
                        .map(r -> r / 4)
                        .orElse(f.networkBandwidthPerDevice().value())
                : nodeBytes / devices;
        NetworkKind kind = rack ? NetworkKind.NVL_RACK : kind(words);
        Fabric fabric = new Fabric(
                rack ? f.scaleUpDomain() : devices, f.scaleUpBandwidth(), kind, new BytesPerSecond(share), 1);
        Node node = new Node(base.accelerator(), devices, base.node().overhead());
        return new Cluster(
                base.name() + "/" + kind.label(), node, fabric, base.pricePerDeviceHour(), base.priceNote(), 1 << 20);
    }

    private static NetworkKind kind(String words) {
        if (words.contains("Omni")) {
            return NetworkKind.OMNI_PATH;
        }
        if (words.contains("EFA")) {
            return NetworkKind.EFA;
        }
        return words.contains("RoCE") || words.contains("ROCE") ? NetworkKind.ROCE : NetworkKind.INFINIBAND;
    }

    /** Bytes per second of a node's compute network, where the words give it. */
    private static Optional<Double> rate(String words) {
        int compute = words.indexOf("Compute:");
        String text = compute >= 0 ? words.substring(compute) : words;
        Matcher whole = WHOLE.matcher(text);
        if (whole.find()) {
            double unit = whole.group(2).equals("T") ? 1e12 : 1e9;
            return Optional.of(Double.parseDouble(whole.group(1)) * unit / 8);
        }
        for (Pattern p : new Pattern[] {PER_NODE, REVERSED}) {
            Matcher each = p.matcher(text);
            if (each.find()) {
                return Optional.of(Double.parseDouble(each.group(1)) * Double.parseDouble(each.group(2)) * 1e9 / 8);
            }
        }
        return Optional.empty();
    }
}
