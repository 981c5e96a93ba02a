package dev.kneepoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cost.CollectiveCost;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.profile.ProfileCatalog;
import org.junit.jupiter.api.Test;

/** What arXiv 2411.13055 found about collectives over nodes and sizes. */
class CollectiveClaimsTest {
    private static CollectiveCost cost() {
        Cluster cluster = ClusterCatalog.get("dgx-h100");
        CollectiveCost cost = new CollectiveCost();
        cost.set(cluster.fabric(), ProfileCatalog.hardware(cluster), 1);
        return cost;
    }

    private static double busBandwidth(double bytes, int nodes) {
        CollectiveCost cost = cost();
        int ranks = 8 * nodes;
        return CollectiveKind.ALL_REDUCE.busBytes(bytes, ranks)
                / cost.seconds(CollectiveKind.ALL_REDUCE, bytes, 1, ranks, 8);
    }

    @Test
    void c18_largeAllReduceHoldsItsBandwidth() {
        double gib16 = 16.0 * (1L << 30);
        assertThat(busBandwidth(gib16, 512) / busBandwidth(gib16, 4)).isBetween(0.90, 1.00);
    }

    @Test
    void c19_smallAllReduceLosesHalf() {
        double mib64 = 64.0 * (1L << 20);
        assertThat(busBandwidth(mib64, 512) / busBandwidth(mib64, 4)).isBetween(0.42, 0.62);
    }

    @Test
    void c20_halfOfThePeakNeedsLargerMessagesOnMoreNodes() {
        assertThat(halfPeakMessage(4)).isBetween(16.0 * (1 << 20), 128.0 * (1 << 20));
        assertThat(halfPeakMessage(512)).isBetween(64.0 * (1 << 20), 512.0 * (1 << 20));
    }

    private static double halfPeakMessage(int nodes) {
        double peak = busBandwidth(1e12, nodes);
        double bytes = 1024;
        while (busBandwidth(bytes, nodes) < peak / 2) {
            bytes *= 1.01;
        }
        return bytes;
    }

    @Test
    void c21_allGatherLosesMoreThanAllReduceAndGrowsLinearlyInRanks() {
        CollectiveCost cost = cost();
        double bytes = 400e6;
        double gather256 = cost.seconds(CollectiveKind.ALL_GATHER, bytes, 1, 256, 8);
        double gather1024 = cost.seconds(CollectiveKind.ALL_GATHER, bytes, 1, 1024, 8);
        double gather2048 = cost.seconds(CollectiveKind.ALL_GATHER, bytes, 1, 2048, 8);
        double reduce256 = cost.seconds(CollectiveKind.ALL_REDUCE, bytes, 1, 256, 8);
        double reduce2048 = cost.seconds(CollectiveKind.ALL_REDUCE, bytes, 1, 2048, 8);
        assertThat(gather2048 / gather256).isGreaterThan(reduce2048 / reduce256);
        double early = (gather1024 - gather256) / 768;
        double late = (gather2048 - gather1024) / 1024;
        assertThat(late / early).isBetween(0.8, 1.25);
    }
}
