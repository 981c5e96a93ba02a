package dev.kneepoint.study;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.cluster.Node;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.NetworkProfile;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.units.BytesPerSecond;
import dev.kneepoint.units.Checks;
import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.workload.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A machine that differs in one respect. Immutable.
 *
 * @param part what differs
 * @param factor by how much, 1e-6 to 1e6
 */
@Incubating
public record HardwareChange(Part part, double factor) {
    /** What of a machine can differ. */
    public enum Part {
        /** Matrix peaks of every precision. */
        PEAK,
        /** Rate of the device memory. */
        MEMORY_BANDWIDTH,
        /** Size of the device memory. */
        MEMORY,
        /** Rate of the links inside a scale-up domain. */
        INTRA_NODE_BANDWIDTH,
        /** Rate of the network between scale-up domains. */
        INTER_NODE_BANDWIDTH,
        /** Start and hop latencies of collectives, inside domains and between them. */
        LATENCY;

        /**
         * The name on the command line and in files.
         *
         * @return lower-case name
         */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Twice as good in every respect, one after the other: what {@link SearchExplanation} asks. */
    public static final List<HardwareChange> TWICE_AS_GOOD = Arrays.stream(Part.values())
            .map(p -> new HardwareChange(p, p == Part.LATENCY ? 0.5 : 2))
            .toList();

    private static final String WITH = " with ";

    /** Beyond these a figure of the machine could overflow. */
    private static final double LEAST = 1e-6;

    private static final double MOST = 1e6;

    /** Checks the range. */
    public HardwareChange {
        Checks.positive("factor of " + part.label(), factor);
        if (factor < LEAST || factor > MOST) {
            throw new IllegalArgumentException(
                    "factor of " + part.label() + " must be between 1e-6 and 1e6, not " + factor);
        }
    }

    /**
     * Reads a change.
     *
     * @param text for example {@code inter_node_bandwidth=2x} or {@code latency=0.5}
     * @return the change
     * @throws IllegalArgumentException if it cannot be read, with what would be right
     */
    public static HardwareChange parse(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals).strip();
        String value = equals < 0 ? "" : text.substring(equals + 1).strip();
        Part part = Arrays.stream(Part.values())
                .filter(p -> p.label().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown change '" + text + "'; known: "
                        + String.join(
                                ", ",
                                Arrays.stream(Part.values()).map(Part::label).toList())
                        + ", for example inter_node_bandwidth=2x"));
        try {
            return new HardwareChange(
                    part, Double.parseDouble(value.endsWith("x") ? value.substring(0, value.length() - 1) : value));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' needs a factor, for example " + name + "=2x", e);
        }
    }

    /**
     * The scenario on the other machine.
     *
     * @param scenario the scenario
     * @return the changed scenario; the name of its cluster says what differs, for example {@code dgx-h100 with peak x2}
     */
    public Scenario apply(Scenario scenario) {
        Cluster c = scenario.cluster();
        Fabric f = c.fabric();
        boolean inside = part == Part.INTRA_NODE_BANDWIDTH;
        boolean between = part == Part.INTER_NODE_BANDWIDTH;
        Fabric fabric = new Fabric(
                f.scaleUpDomain(),
                new BytesPerSecond(f.scaleUpBandwidth().value() * (inside ? factor : 1)),
                f.network(),
                new BytesPerSecond(f.networkBandwidthPerDevice().value() * (between ? factor : 1)),
                f.oversubscription());
        Cluster changed = new Cluster(
                c.name() + (c.name().contains(WITH) ? ", " : WITH) + this,
                new Node(device(c.accelerator()), c.node().devices(), c.node().overhead()),
                fabric,
                c.pricePerDeviceHour(),
                c.priceNote(),
                c.maxDevices());
        HardwareProfile hardware = part == Part.LATENCY ? slower(scenario.hardware()) : scenario.hardware();
        return new Scenario(scenario.workload(), changed, hardware, scenario.stack());
    }

    private Accelerator device(Accelerator a) {
        ImmutableMap.Builder<Precision, FlopsPerSecond> peaks = ImmutableMap.builder();
        for (Map.Entry<Precision, FlopsPerSecond> e : a.peaks().entrySet()) {
            peaks.put(e.getKey(), new FlopsPerSecond(e.getValue().value() * (part == Part.PEAK ? factor : 1)));
        }
        return new Accelerator(
                a.name(),
                a.architecture(),
                peaks.buildOrThrow(),
                Bytes.of(a.memory().value() * (part == Part.MEMORY ? factor : 1)),
                new BytesPerSecond(a.memoryBandwidth().value() * (part == Part.MEMORY_BANDWIDTH ? factor : 1)),
                a.multiprocessors(),
                a.power());
    }

    private HardwareProfile slower(HardwareProfile h) {
        DeviceProfile device = h.device();
        device = device.with(
                        "scaleUp.startMicros", factor * h.device().scaleUp().startMicros())
                .with("scaleUp.hopScale", factor * h.device().scaleUp().hopScale())
                .with("scaleUp.reduceStartMicros", factor * h.device().scaleUp().reduceStartMicros())
                .with("scaleUp.reduceHopMicros", factor * h.device().scaleUp().reduceHopMicros())
                .with("scaleUp.exchangeHopScale", factor * h.device().scaleUp().exchangeHopScale());
        NetworkProfile n = h.network();
        NetworkProfile network = new NetworkProfile(
                n.name(),
                n.source(),
                n.rateEfficiency(),
                n.allToAllEfficiency(),
                factor * n.ringScale(),
                factor * n.treeHopMicros(),
                factor * n.startMicros(),
                n.reduceProtocolMicros(),
                n.ringProtocolMicros(),
                n.reduceRails(),
                n.logarithmicEfficiency());
        return new HardwareProfile(device, network);
    }

    /** For example {@code latency x0.5}. */
    @Override
    public String toString() {
        String times = factor == Math.rint(factor) ? Long.toString((long) factor) : Double.toString(factor);
        return part.label() + " x" + times;
    }
}
