package dev.kneepoint.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.plan.MemoryEstimate;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.StrategyRegion;
import dev.kneepoint.strategy.StrategySpace;
import dev.kneepoint.testing.RandomConfigurations;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedStepCostTest {
    private static final double SAME = 1e-12;

    @ParameterizedTest
    @CsvSource({
        "gpt3-175b, 2048, 768, 512, dgx-a100-80gb, megatron-2021, 1",
        "gpt3-175b, 2048, 768, 512, dgx-h100, torch-fsdp, 2",
        "llama3-405b, 8192, 256, 1024, dgx-h100, torchtitan, 3",
        "mixtral-8x22b, 4096, 256, 256, dgx-h100, megatron-core-2024, 4",
        "deepseek-v3, 4096, 480, 256, dgx-h200, megatron-core-2025, 5",
        "llama2-7b, 4096, 96, 48, dgx-h100, deepspeed-zero3, 6"
    })
    void seconds_layoutsOfASpaceInTheirOrder_areThoseOfTheClosedForm(
            String model, int sequence, int batch, int devices, String cluster, String stack, long seed) {
        Scenario scenario = Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get(model), sequence, batch),
                ClusterCatalog.get(cluster),
                ProfileCatalog.stack(stack));
        compare(scenario, devices, seed, 12, 4);
    }

    @Tag("long")
    @Test
    void seconds_randomScenarios_areThoseOfTheClosedForm() {
        RandomConfigurations random = new RandomConfigurations(77);
        for (int i = 0; i < 60; i++) {
            RandomConfigurations.Configuration c = random.next();
            compare(c.scenario(), c.layout().devices(), i, 6, 6);
        }
    }

    private static void compare(Scenario scenario, int devices, long seed, int shapes, int chunkings) {
        Random random = new Random(seed);
        SharedStepCost shared = new SharedStepCost(scenario);
        StepCost alone = new StepCost(scenario);
        List<StrategyRegion> regions =
                StrategySpace.of(scenario.workload(), devices).regions();
        for (int i = 0; i < shapes; i++) {
            StrategyRegion region = regions.get(random.nextInt(regions.size()));
            StrategyRegion.Shape shape =
                    region.shapes().get(random.nextInt(region.shapes().size()));
            List<StrategyRegion.Chunking> all = region.chunkings(shape);
            int from = random.nextInt(all.size());
            for (int c = from; c < Math.min(all.size(), from + chunkings); c++) {
                for (StrategyRegion.Sharing sharing : region.sharings()) {
                    Layout layout = region.layout(shape, all.get(c), sharing);
                    double expected = alone.seconds(layout);
                    assertThat(shared.seconds(layout))
                            .as(
                                    "seed %d: %s with %s, m=%d",
                                    seed, layout.strategy(), layout.strategy().schedule(), layout.microBatches())
                            .isCloseTo(expected, within(SAME * expected));
                    assertThat(shared.memoryBytes(layout))
                            .isCloseTo(
                                    MemoryEstimate.of(scenario.workload(), scenario.stack(), layout)
                                            .total()
                                            .value(),
                                    within(6.0));
                }
            }
        }
    }
}
