package dev.kneepoint.calibration.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.Precision;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PlanDrawTest {
    private static final int SEEDS = 50;

    @Test
    void drawn_overManySeeds_areLegalAndSmall() {
        for (long seed = 0; seed < SEEDS; seed++) {
            for (DrawnPlan p : PlanDraw.draw(seed, 10, 2, Precision.FP32, 1)) {
                StepPlan plan = p.on(Machines.shipped());
                assertThat(plan.layout().devices()).isEqualTo(p.devices());
                double flops = ModelCounts.modelFlopsPerStep(p.workload(), FlopConvention.NON_CAUSAL) / p.devices();
                assertThat(flops).as("seed %d, %s", seed, p.id()).isBetween(5e7, 1e9);
                assertThat(plan.memory().total().value())
                        .as("seed %d, %s", seed, p.id())
                        .isLessThan(1L << 30);
            }
        }
    }

    @Test
    void drawn_overManySeeds_coverWhatIsAskedFor() {
        List<DrawnPlan> all = new java.util.ArrayList<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            all.addAll(PlanDraw.draw(seed, 10, 2, Precision.FP32, 1));
        }
        assertThat(all.stream().map(p -> p.devices() + " " + kind(p)).distinct().sorted())
                .containsExactly("1 ddp", "2 ddp", "2 fsdp", "2 pp", "2 tp");
        assertThat(all.stream().map(p -> p.workload().sequenceLength()).distinct())
                .hasSize(7);
        assertThat(all.stream().map(p -> p.workload().model().heads()).distinct())
                .hasSize(3);
        assertThat(all.stream().map(p -> p.workload().model().hidden()).distinct())
                .hasSizeGreaterThan(4);
        Set<Integer> microBatches = all.stream()
                .map(p -> p.on(Machines.shipped()).layout().microBatches())
                .collect(Collectors.toSet());
        assertThat(microBatches).contains(1, 2, 3, 4);
    }

    private static String kind(DrawnPlan p) {
        return p.strategy().tensor() > 1
                ? "tp"
                : p.strategy().pipeline() > 1 ? "pp" : p.strategy().data().shardsWeights() ? "fsdp" : "ddp";
    }

    @Test
    void drawn_withTheSameSeed_areTheSame() {
        for (long seed = 0; seed < SEEDS; seed++) {
            List<DrawnPlan> once = PlanDraw.draw(seed, 10, 2, Precision.FP32, 1);
            assertThat(PlanDraw.draw(seed, 10, 2, Precision.FP32, 1))
                    .as("seed %d", seed)
                    .isEqualTo(once);
            assertThat(PlanDraw.draw(seed, 20, 2, Precision.FP32, 1))
                    .as("seed %d", seed)
                    .startsWith(once.toArray(DrawnPlan[]::new));
            assertThat(PlanDraw.draw(seed + SEEDS, 10, 2, Precision.FP32, 1)).isNotEqualTo(once);
        }
    }

    @Test
    void drawn_onOneDevice_useOne() {
        assertThat(PlanDraw.draw(3, 10, 1, Precision.FP32, 1)).allMatch(p -> p.devices() == 1);
    }

    @Test
    void drawn_atALargerSize_areLarger() {
        for (DrawnPlan p : PlanDraw.draw(3, 10, 2, Precision.BF16, 8)) {
            double flops = ModelCounts.modelFlopsPerStep(p.workload(), FlopConvention.NON_CAUSAL) / p.devices();
            assertThat(flops).as(p.id()).isBetween(512 * 5e7, 512 * 1e9);
        }
    }

    @Test
    void wrongArguments_sayWhatIsWrong() {
        assertThatThrownBy(() -> PlanDraw.draw(1, 0, 2, Precision.FP32, 1))
                .hasMessageContaining("plans must be between 1");
        assertThatThrownBy(() -> PlanDraw.draw(1, 1, 0, Precision.FP32, 1)).hasMessageContaining("devices must be");
        assertThatThrownBy(() -> PlanDraw.draw(1, 1, 1, Precision.FP32, 0))
                .hasMessageContaining("size must be between 1");
    }
}
