package dev.kneepoint.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.workload.Precision;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Matrix products: bounded by both peaks, monotonic, and cached without harm. */
class GemmCostTest {
    private static final long SEED = 8;

    private static GemmCost cost(String name) {
        return cost(name, 1);
    }

    private static GemmCost cost(String name, double factor) {
        Cluster cluster = ClusterCatalog.get(name);
        var device = cluster.accelerator();
        GemmCost cost = new GemmCost();
        cost.set(
                ProfileCatalog.hardware(cluster).device().gemm(),
                peak(name),
                device.memoryBandwidth().value(),
                device.multiprocessors(),
                2,
                factor);
        return cost;
    }

    private static double peak(String name) {
        return ClusterCatalog.get(name)
                .accelerator()
                .peak(Precision.BF16)
                .orElseThrow()
                .value();
    }

    /** TFLOP/s of a product alone. */
    private static double alone(String name, double m, double n, double k) {
        return 2 * m * n * k / cost(name).seconds(m, n, k, 1) / 1e12;
    }

    /**
     * EleutherAI cookbook, benchmarks/sizing, A100: 241 and 253 TFLOP/s. Sources differ by 20 % on large products (NVIDIA's
     * chart has 291 at 8,192 cubed, FlagPerf 258 to 265), and the curve stands between them.
     */
    @Test
    void meetsProductsMeasuredOnAnA100() {
        assertThat(alone("dgx-a100-80gb", 8192, 16384, 4096)).isCloseTo(241.1, withinPercentage(12));
        assertThat(alone("dgx-a100-80gb", 8192, 4096, 16384)).isCloseTo(252.8, withinPercentage(12));
    }

    /** PHYSICS.md 2: under its power limit an H100 SXM holds 75 to 80 % of its printed peak; 5 points either side. */
    @Test
    void largeProductsReachTheSustainedShareOfThePeak() {
        double sustained = ProfileCatalog.hardware(ClusterCatalog.get("dgx-h100"))
                .device()
                .gemm()
                .sustained();
        double seconds = cost("dgx-h100", sustained).seconds(16384, 16384, 16384, 1);
        assertThat(2 * Math.pow(16384, 3) / seconds / peak("dgx-h100")).isBetween(0.70, 0.85);
    }

    @Test
    void neitherPeakIsExceeded() {
        Random random = new Random(SEED);
        GemmCost cost = cost("dgx-h100");
        double bandwidth =
                ClusterCatalog.get("dgx-h100").accelerator().memoryBandwidth().value();
        for (int i = 0; i < 5000; i++) {
            double m = 8 * (1 + random.nextInt(2000));
            double n = 8 * (1 + random.nextInt(2000));
            double k = 8 * (1 + random.nextInt(2000));
            double t = cost.seconds(m, n, k, 1);
            String label = "seed " + SEED + " " + m + " " + n + " " + k;
            assertThat(t).as(label).isGreaterThanOrEqualTo(2 * m * n * k / peak("dgx-h100"));
            assertThat(t).as(label).isGreaterThanOrEqualTo(2 * (m * k + k * n + m * n) / bandwidth);
            assertThat(cost.seconds(m, n, k, 1)).as(label).isCloseTo(t, within(0.0));
            assertThat(cost("dgx-h100").seconds(m, n, k, 1)).as(label).isCloseTo(t, within(0.0));
        }
    }

    @Test
    void longerReductionsNeverTakeLess() {
        GemmCost cost = cost("dgx-h100");
        for (double k = 64; k < 65536; k += 64) {
            double t = cost.seconds(4096, 4096, k, 1);
            assertThat(cost.seconds(4096, 4096, k + 64, 1)).as("k=%.0f", k).isGreaterThanOrEqualTo(t);
            assertThat(cost.seconds(4096, 4096, k, 2)).as("k=%.0f", k).isGreaterThanOrEqualTo(t);
        }
    }
}
