package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a search says of a layout, against the layout's own run, as a user of the library makes it. */
@Tag("long")
class FoundLayoutsInTheSimulatorTest {
    private static final int SAMPLED = 200;
    /** How far the closed form may be from the simulation, as docs/search.md has it. */
    private static final double CLOSED_FORM = 0.02;
    /** The search adds fractions of bytes that the estimate rounds, part by part. */
    private static final double ROUNDED_BYTES = 8;

    @ParameterizedTest
    @CsvSource({
        "llama2-7b, 32, torch-fsdp, 32, 9",
        "mixtral-8x7b, 64, megatron-core-2024, 32, 10",
    })
    void sampledFromTheWholeSpace_haveTheTimeAndMemoryOfTheirRun(
            String model, int batch, String stack, int devices, long seed) {
        Kneepoint kneepoint = Kneepoint.create();
        Scenario scenario = Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get(model), 4096, batch),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack(stack));

        List<FoundLayout> sampled = sample(kneepoint, scenario, devices, new Random(seed));

        assertThat(sampled).hasSize(SAMPLED).doesNotHaveDuplicates();
        try (Backend sim = kneepoint.backends().open("sim", Map.of())) {
            for (FoundLayout f : sampled) {
                ParallelismStrategy strategy =
                        ParallelismStrategy.parse(f.layout().strategy().spec());
                ScalingMetrics run =
                        Kneepoint.run(sim, ExecutionRequest.of(kneepoint.plan(scenario, strategy, devices)));
                assertThat(f.seconds() / run.stepTime().value())
                        .as("step time of %s, seed %d", strategy.spec(), seed)
                        .isCloseTo(1, within(CLOSED_FORM));
                assertThat(f.memoryBytes())
                        .as("memory of %s, seed %d", strategy.spec(), seed)
                        .isCloseTo(run.memory().orElseThrow().total().value(), within(ROUNDED_BYTES));
            }
        }
    }

    /** Every layout that fits is as likely as any other to be in it; one thread, so that a seed gives the same sample. */
    private static List<FoundLayout> sample(Kneepoint kneepoint, Scenario scenario, int devices, Random random) {
        List<FoundLayout> kept = new ArrayList<>();
        int[] heard = new int[1];
        kneepoint
                .search(scenario, devices)
                .prune(false)
                .threads(1)
                .consumer(f -> {
                    int place = random.nextInt(++heard[0]);
                    if (kept.size() < SAMPLED) {
                        kept.add(f);
                    } else if (place < SAMPLED) {
                        kept.set(place, f);
                    }
                })
                .run();
        return kept;
    }
}
