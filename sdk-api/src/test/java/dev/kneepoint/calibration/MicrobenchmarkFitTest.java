package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.profile.NetworkProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Fits get back the constants that made the data. */
class MicrobenchmarkFitTest {
    private static final long SEED = 5;

    // The optimiser

    @Test
    void minimise_aLineWithOutliers_findsTheLine() {
        Random random = new Random(SEED);
        double[] x = random.doubles(60).toArray();
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = 0.3 + 0.5 * x[i] + (i % 10 == 0 ? 1 : 0);
        }
        double[] found = BoundedFit.minimise(new double[] {0.9, 0.9}, new double[] {0, 0}, new double[] {1, 1}, p -> {
            double[] r = new double[x.length];
            for (int i = 0; i < r.length; i++) {
                r[i] = p[0] + p[1] * x[i] - y[i];
            }
            return r;
        });
        assertThat(found[0]).as("seed %d", SEED).isCloseTo(0.3, within(0.03));
        assertThat(found[1]).as("seed %d", SEED).isCloseTo(0.5, within(0.05));
    }

    @Test
    void minimise_beyondABound_staysOnIt() {
        double[] found = BoundedFit.minimise(
                new double[] {5}, new double[] {1}, new double[] {8}, p -> new double[] {p[0] - 20, p[0] - 21});
        assertThat(found[0]).isCloseTo(8, within(1e-6));
    }

    // Profiles

    @Test
    void fit_ofCollectivesMadeByOtherConstants_findsThem() {
        MicrobenchmarkProfiles shipped = MicrobenchmarkProfiles.shipped();
        NetworkProfile shippedNetwork = shipped.networks().get("infiniband");
        NetworkProfile truth =
                RecordFields.with(shippedNetwork, Map.of("tree_hop_micros", 110.0, "rate_efficiency", 0.8));
        List<CollectiveSample> made = samples(shipped.with(truth));
        MicrobenchmarkFit fit = MicrobenchmarkFit.of(List.of(), made, shipped);
        NetworkProfile found = fit.profiles().networks().get("infiniband");
        assertThat(found.treeHopMicros()).isCloseTo(110, withinPercentage(5));
        assertThat(found.rateEfficiency()).isCloseTo(0.8, withinPercentage(2));
        assertThat(found.ringScale()).isCloseTo(shippedNetwork.ringScale(), within(0.0));
        assertThat(fit.profiles().networks().get("roce"))
                .isEqualTo(shipped.networks().get("roce"));
        assertThat(fit.constants())
                .filteredOn(c ->
                        c.profile().equals("network infiniband") && c.name().equals("tree_hop_micros"))
                .singleElement()
                .satisfies(c -> {
                    assertThat(c.before()).isEqualTo(shippedNetwork.treeHopMicros());
                    assertThat(c.after()).isEqualTo(found.treeHopMicros());
                    assertThat(c.rows()).isEqualTo(made.size());
                });
    }

    /** All-reduces of H100 nodes on InfiniBand, timed by the model itself. */
    private static List<CollectiveSample> samples(MicrobenchmarkProfiles truth) {
        List<CollectiveSample> out = new ArrayList<>();
        for (int nodes = 2; nodes <= 256; nodes *= 4) {
            for (double bytes = 1 << 20; bytes <= 1L << 33; bytes *= 8) {
                CollectiveSample s = sample(bytes, nodes, 1);
                out.add(sample(bytes, nodes, CollectiveCases.of(s).predict(truth)));
            }
        }
        return out;
    }

    private static CollectiveSample sample(double bytes, int nodes, double seconds) {
        return new CollectiveSample(
                "all_reduce",
                bytes,
                nodes,
                8 * nodes,
                "H100-SXM5-80GB",
                "8x400G IB",
                "",
                "nccl-tests",
                "A",
                seconds,
                "made");
    }
}
