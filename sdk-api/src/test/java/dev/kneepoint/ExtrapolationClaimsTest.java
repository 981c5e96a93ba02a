package dev.kneepoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** C28 of arXiv 2411.13055: MFU that small or older runs reach promises too much for large or newer ones. */
class ExtrapolationClaimsTest {
    private static final List<Integer> SMALL = List.of(8, 16, 32);
    private static final List<Integer> LARGE = List.of(512, 1024, 2048);

    /** A smaller excess than this is within what a prediction of ours is off anyway. */
    private static final double CLEARLY = 1.1;

    private static Map<Integer, Double> hopper = Map.of();
    private static Map<Integer, Double> ampere = Map.of();

    @BeforeAll
    static void runBothGenerations() {
        hopper = mfuBySize("dgx-h100");
        ampere = mfuBySize("dgx-a100-80gb");
    }

    private static Map<Integer, Double> mfuBySize(String cluster) {
        TrainingWorkload workload = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 1);
        Scenario scenario = Scenario.of(workload, ClusterCatalog.get(cluster), ProfileCatalog.stack("torch-fsdp"));
        Map<Integer, Double> out = new TreeMap<>();
        Kneepoint.create()
                .study(scenario)
                .weak(2)
                .devices(List.of(8, 16, 32, 512, 1024, 2048))
                .strategies("fsdp")
                .run()
                .series()
                .get(0)
                .ran()
                .forEach(p -> out.put(
                        p.devices(), p.metrics().utilization().orElseThrow().mfu()));
        return out;
    }

    @Test
    void c28_mfuOfSmallRunsOverestimatesLargeOnesTheMoreTheLarger() {
        for (int small : SMALL) {
            double before = CLEARLY;
            for (int large : LARGE) {
                double excess = hopper.get(small) / hopper.get(large);
                assertThat(excess).as("from %d to %d", small, large).isGreaterThan(before);
                before = excess;
            }
        }
    }

    @Test
    void c28_mfuOfAnOlderGenerationOverestimatesTheNewerAtEverySize() {
        hopper.forEach((devices, mfu) ->
                assertThat(ampere.get(devices) / mfu).as("at %d", devices).isGreaterThan(CLEARLY));
    }

    /** How much scaling costs is itself underestimated by the older generation. */
    @Test
    void c28_lossOfAnOlderGenerationUnderestimatesTheLossOfTheNewer() {
        for (int large : LARGE) {
            assertThat(ampere.get(large) / ampere.get(8))
                    .as("what is left at %d", large)
                    .isGreaterThan(hopper.get(large) / hopper.get(8));
        }
    }
}
