package dev.kneepoint.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.profile.ProfileCatalog;
import org.junit.jupiter.api.Test;

/** Collectives of eight-GPU H100 nodes against arXiv 2411.13055, its figure of bus bandwidth and its text. */
class CollectiveCostTest {
    private static final double MIB = 1 << 20;
    private static final int NODE = 8;

    private final CollectiveCost cost = cost();

    private static CollectiveCost cost() {
        Cluster cluster = ClusterCatalog.get("dgx-h100");
        CollectiveCost cost = new CollectiveCost();
        cost.set(cluster.fabric(), ProfileCatalog.hardware(cluster), 1);
        return cost;
    }

    private double seconds(CollectiveKind kind, double bytes, int ranks) {
        return cost.seconds(kind, bytes, 1, ranks, Math.min(NODE, ranks));
    }

    /** Bus bandwidth of an all-reduce, GB/s. */
    private double bus(double mib, int nodes) {
        int ranks = nodes * NODE;
        double bytes = mib * MIB;
        return CollectiveKind.ALL_REDUCE.busBytes(bytes, ranks)
                / seconds(CollectiveKind.ALL_REDUCE, bytes, ranks)
                / 1e9;
    }

    @Test
    void largeAllReducesKeepTheirBandwidthAcrossNodes() {
        assertThat(bus(16 * 1024, 512) / bus(16 * 1024, 4)).isBetween(0.90, 1.00);
    }

    @Test
    void smallAllReducesLoseHalfOfItAcrossNodes() {
        assertThat(bus(64, 512) / bus(64, 4)).isBetween(0.42, 0.62);
    }

    @Test
    void measuredBusBandwidthsAreMet() {
        assertThat(bus(16 * 1024, 4)).isCloseTo(358, withinPercentage(10));
        assertThat(bus(16 * 1024, 512)).isCloseTo(345, withinPercentage(10));
        assertThat(bus(1024, 64)).isCloseTo(304, withinPercentage(15));
        assertThat(bus(64, 4)).isCloseTo(217, withinPercentage(20));
        assertThat(bus(64, 512)).isCloseTo(112, withinPercentage(20));
    }

    @Test
    void halfOfThePeakIsReachedAtTheMeasuredSizes() {
        assertThat(halfSize(4)).isBetween(16.0, 128.0);
        assertThat(halfSize(512)).isBetween(64.0, 512.0);
    }

    private double halfSize(int nodes) {
        double peak = bus(16 * 1024, nodes);
        double mib = 1;
        while (bus(mib, nodes) < peak / 2) {
            mib *= 1.05;
        }
        return mib;
    }

    @Test
    void gathersLoseMoreThanAllReduces() {
        double bytes = 400e6;
        for (CollectiveKind kind : new CollectiveKind[] {CollectiveKind.ALL_GATHER, CollectiveKind.REDUCE_SCATTER}) {
            double loss = seconds(kind, bytes, 2048) / seconds(kind, bytes, 32);
            double reduceLoss =
                    seconds(CollectiveKind.ALL_REDUCE, bytes, 2048) / seconds(CollectiveKind.ALL_REDUCE, bytes, 32);
            assertThat(loss).as(kind.label()).isGreaterThan(reduceLoss);
            double early = (seconds(kind, bytes, 512) - seconds(kind, bytes, 256)) / 256;
            double late = (seconds(kind, bytes, 2048) - seconds(kind, bytes, 1024)) / 1024;
            assertThat(late).as(kind.label()).isCloseTo(early, withinPercentage(25));
        }
    }

    @Test
    void moreBytesOrMoreRanksNeverTakeLess() {
        for (CollectiveKind kind : CollectiveKind.values()) {
            for (int ranks = 16; ranks <= 4096; ranks *= 2) {
                for (double bytes = 1e3; bytes < 1e10; bytes *= 3) {
                    double t = seconds(kind, bytes, ranks);
                    assertThat(seconds(kind, bytes * 3, ranks))
                            .as("%s %.0f B %d", kind, bytes, ranks)
                            .isGreaterThanOrEqualTo(t);
                    assertThat(seconds(kind, bytes, ranks * 2))
                            .as("%s %.0f B %d", kind, bytes, ranks)
                            .isGreaterThanOrEqualTo(t);
                }
            }
            assertThat(seconds(kind, 1e6, 1)).isZero();
        }
    }

    /** Four nodes, two of a token's experts each: sent once per node it crosses half as often. */
    @Test
    void exchangeOfTokensThatCrossOnce_isBoundByWhatCrosses() {
        double bytes = 512 * MIB;
        double all = cost.exchangeSeconds(bytes, 1, 1, 32, 8);
        double once = cost.exchangeSeconds(bytes, 0.5, 1, 32, 8);
        double start = cost.exchangeSeconds(0, 1, 1, 32, 8);
        assertThat((all - start) / (once - start)).isCloseTo(2, withinPercentage(1e-6));
        assertThat(cost.exchangeSeconds(bytes, 0, 1, 32, 8)).isGreaterThan(start);
    }
}
