package dev.kneepoint.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.units.BytesPerSecond;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which algorithm and protocol a collective takes, and that better links never make it slower. */
class CollectiveRegimesTest {
    private static final double MIB = 1 << 20;
    private static final double GIB = 1 << 30;
    private static final long SEED = 41;

    private static final Cluster H100 = ClusterCatalog.get("dgx-h100");
    private static final Cluster A100 = ClusterCatalog.get("dgx-a100-80gb");
    private static final Cluster RACK = ClusterCatalog.get("gb200-nvl72");

    private static double seconds(
            Fabric fabric, HardwareProfile hardware, CollectiveKind kind, double bytes, int ranks, double perDomain) {
        CollectiveCost cost = new CollectiveCost();
        cost.set(fabric, hardware, 1);
        return cost.seconds(kind, bytes, 1, ranks, perDomain);
    }

    private static double seconds(Cluster c, CollectiveKind kind, double bytes, int ranks, double perDomain) {
        return seconds(c.fabric(), ProfileCatalog.hardware(c), kind, bytes, ranks, perDomain);
    }

    private static double bus(Cluster c, CollectiveKind kind, double bytes, int ranks, double perDomain) {
        return kind.busBytes(bytes, ranks) / seconds(c, kind, bytes, ranks, perDomain) / 1e9;
    }

    private static HardwareProfile network(Cluster c, String constant, double value) {
        HardwareProfile h = ProfileCatalog.hardware(c);
        return new HardwareProfile(h.device(), RecordFields.with(h.network(), Map.of(constant, value)));
    }

    private static HardwareProfile link(Cluster c, String constant, double value) {
        HardwareProfile h = ProfileCatalog.hardware(c);
        var curve = RecordFields.with(h.device().scaleUp(), Map.of(constant, value));
        return new HardwareProfile(RecordFields.with(h.device(), Map.of("scale_up", curve)), h.network());
    }

    // Inside a domain

    /** H200, 8 GiB: 363 GB/s of bus bandwidth on four GPUs, 473 on eight, 366 on eight without NVLS (stas00). */
    @Test
    void allReduce_upToFourRanks_doesNotReduceInTheSwitch() {
        double four = bus(H100, CollectiveKind.ALL_REDUCE, 8 * GIB, 4, 4);
        double eight = bus(H100, CollectiveKind.ALL_REDUCE, 8 * GIB, 8, 8);
        double ring = CollectiveKind.ALL_REDUCE.busBytes(8 * GIB, 8)
                / seconds(H100.fabric(), link(H100, "reduce_efficiency", 0.0), CollectiveKind.ALL_REDUCE, 8 * GIB, 8, 8)
                / 1e9;
        assertThat(four).isCloseTo(363, withinPercentage(4));
        assertThat(eight).isCloseTo(473, withinPercentage(4));
        assertThat(ring).isCloseTo(366, withinPercentage(4));
    }

    @Test
    void allReduce_inTheSwitch_costsTheBufferAtAnyGroupSize() {
        double eight = seconds(RACK, CollectiveKind.ALL_REDUCE, 16 * GIB, 8, 8);
        double all = seconds(RACK, CollectiveKind.ALL_REDUCE, 16 * GIB, 72, 72);
        assertThat(all).isCloseTo(eight, withinPercentage(1));
        double gathered = seconds(RACK, CollectiveKind.ALL_GATHER, 16 * MIB, 72, 72);
        assertThat(gathered).isGreaterThan(2 * seconds(RACK, CollectiveKind.ALL_GATHER, 16 * MIB, 8, 8));
    }

    @Test
    void ring_smallMessagesTakeTheProtocolOfShortHops() {
        HardwareProfile h = ProfileCatalog.hardware(RACK);
        double hop = h.device().scaleUp().hopScale();
        double small = seconds(RACK, CollectiveKind.ALL_GATHER, 1, 72, 72);
        assertThat(small).isCloseTo((h.device().scaleUp().startMicros() + 71 * hop * 1.9) * 1e-6, withinPercentage(1));
        double large = seconds(RACK, CollectiveKind.ALL_GATHER, 64 * GIB, 72, 72);
        double larger = seconds(RACK, CollectiveKind.ALL_GATHER, 128 * GIB, 72, 72);
        double rate = 64 * GIB * 71 / 72 / (larger - large);
        assertThat(rate).isCloseTo(900e9 * h.device().scaleUp().efficiency(), withinPercentage(1));
    }

    // Across domains

    /** Two nodes exchange in one step: 8x400G gives 470 GB/s of bus bandwidth on two nodes and 365 to 386 from four on. */
    @Test
    void allReduce_onTwoNodes_exceedsTheNetwork() {
        double two = bus(H100, CollectiveKind.ALL_REDUCE, 8 * GIB, 16, 8);
        double four = bus(H100, CollectiveKind.ALL_REDUCE, 8 * GIB, 32, 8);
        assertThat(two).isCloseTo(468, withinPercentage(8));
        assertThat(four).isBetween(350.0, 390.0);
        assertThat(two).isGreaterThan(400);
    }

    @Test
    void allReduce_overNodes_growsWithTheirLogarithm() {
        double early = seconds(H100, CollectiveKind.ALL_REDUCE, MIB, 256, 8)
                - seconds(H100, CollectiveKind.ALL_REDUCE, MIB, 128, 8);
        double late = seconds(H100, CollectiveKind.ALL_REDUCE, MIB, 4096, 8)
                - seconds(H100, CollectiveKind.ALL_REDUCE, MIB, 2048, 8);
        assertThat(late).isCloseTo(early, withinPercentage(5));
    }

    @Test
    void allGather_overNodes_takesThreeProtocolsAsItGrows() {
        double ring = ProfileCatalog.hardware(H100).network().ringScale() * 1e-6;
        int ranks = 512;
        double nodes = 64;
        double ll = slope(ranks, 1e3, 1e5);
        double ll128 = slope(ranks, 2e8, 4e8);
        double simple = slope(ranks, 1e12, 2e12);
        assertThat(ll).isGreaterThan(ll128);
        assertThat(ll128).isGreaterThan(simple);
        double start = ProfileCatalog.hardware(H100).network().startMicros() * 1e-6;
        assertThat(seconds(H100, CollectiveKind.ALL_GATHER, 1, ranks, 8))
                .isCloseTo(start + ring * (0.6 * (ranks - nodes) + 2.7 * nodes), withinPercentage(1));
    }

    /** Seconds per byte between two sizes. */
    private static double slope(int ranks, double from, double to) {
        return (seconds(H100, CollectiveKind.ALL_GATHER, to, ranks, 8)
                        - seconds(H100, CollectiveKind.ALL_GATHER, from, ranks, 8))
                / (to - from);
    }

    @Test
    void allGather_withOneRankPerNode_mayDoubleDistances() {
        double ring = seconds(H100, CollectiveKind.ALL_GATHER, MIB, 256, 1);
        HardwareProfile doubling = network(H100, "logarithmic_efficiency", 0.75);
        double pat = seconds(H100.fabric(), doubling, CollectiveKind.ALL_GATHER, MIB, 256, 1);
        assertThat(pat).isLessThan(ring / 2);
        assertThat(seconds(H100.fabric(), doubling, CollectiveKind.ALL_GATHER, MIB, 256, 8))
                .isCloseTo(seconds(H100, CollectiveKind.ALL_GATHER, MIB, 256, 8), within(0.0));
    }

    @Test
    void groups_spreadOneRankPerNode_getOneRail() {
        double one = seconds(H100, CollectiveKind.ALL_GATHER, 8 * GIB, 16, 1);
        double eight = seconds(H100, CollectiveKind.ALL_GATHER, 8 * GIB, 16, 8);
        assertThat(one / eight).isBetween(6.0, 8.5);
    }

    @Test
    void devicesWithoutAReducingSwitch_passTheRingTwice() {
        double reduced = seconds(A100, CollectiveKind.ALL_REDUCE, 16 * GIB, 8, 8);
        double gathered = seconds(A100, CollectiveKind.ALL_GATHER, 16 * GIB, 8, 8);
        assertThat(reduced / gathered).isCloseTo(2, withinPercentage(3));
    }

    // Monotonicity

    @Test
    void betterLinks_neverTakeLonger() {
        Random random = new Random(SEED);
        List<Cluster> clusters =
                List.of(H100, A100, RACK, ClusterCatalog.get("aws-p5"), ClusterCatalog.get("hgx-b200"));
        for (int i = 0; i < 4000; i++) {
            Cluster c = clusters.get(random.nextInt(clusters.size()));
            CollectiveKind kind = CollectiveKind.values()[random.nextInt(CollectiveKind.values().length)];
            int perDomain = 1 + random.nextInt(c.fabric().scaleUpDomain());
            int ranks = perDomain * (1 + random.nextInt(64));
            double bytes = Math.exp(random.nextDouble() * 24);
            double before = seconds(c, kind, bytes, ranks, perDomain);
            HardwareProfile h = ProfileCatalog.hardware(c);
            String label = "seed " + SEED + " " + c.name() + " " + kind + " " + bytes + " " + ranks + "/" + perDomain;
            assertThat(before).as(label).isGreaterThanOrEqualTo(0);
            for (Fabric quicker : List.of(quicker(c, 1.3, 1), quicker(c, 1, 1.3))) {
                assertThat(seconds(quicker, h, kind, bytes, ranks, perDomain))
                        .as(label)
                        .isLessThanOrEqualTo(before * (1 + 1e-12));
            }
            for (String constant : List.of("ring_scale", "tree_hop_micros", "start_micros", "reduce_protocol_micros")) {
                double less = 0.8 * RecordFields.number(h.network(), constant);
                assertThat(seconds(c.fabric(), network(c, constant, less), kind, bytes, ranks, perDomain))
                        .as(label + " " + constant)
                        .isLessThanOrEqualTo(before * (1 + 1e-12));
            }
            for (String constant : List.of("hop_scale", "start_micros", "reduce_start_micros", "reduce_hop_micros")) {
                double less = 0.8 * RecordFields.number(h.device().scaleUp(), constant);
                assertThat(seconds(c.fabric(), link(c, constant, less), kind, bytes, ranks, perDomain))
                        .as(label + " " + constant)
                        .isLessThanOrEqualTo(before * (1 + 1e-12));
            }
        }
    }

    private static Fabric quicker(Cluster c, double inside, double outside) {
        Fabric f = c.fabric();
        return new Fabric(
                f.scaleUpDomain(),
                new BytesPerSecond(f.scaleUpBandwidth().value() * inside),
                f.network(),
                new BytesPerSecond(f.networkBandwidthPerDevice().value() * outside),
                f.oversubscription());
    }
}
