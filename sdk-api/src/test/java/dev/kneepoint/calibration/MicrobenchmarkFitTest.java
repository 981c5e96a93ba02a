package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.profile.NetworkProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Fits get back the constants that made the data. */
class MicrobenchmarkFitTest {
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
