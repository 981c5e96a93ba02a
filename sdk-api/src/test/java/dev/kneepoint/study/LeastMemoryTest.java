package dev.kneepoint.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.plan.MemoryEstimate;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.StrategySpace;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LeastMemoryTest {
    private static final List<String> FIXES = List.of(
            "",
            "recompute=none|selective",
            "mb=2|4",
            "mb=2|3",
            "mb=2|3,pp=2",
            "pp=2,sched=interleaved",
            "mb=2|3,sched=interleaved",
            "mb=3|4|5,pp=2|3,sched=interleaved|gpipe",
            "mb=2|3,pp=2,sched=interleaved,recompute=selective|none");

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 60);
    }

    private static DoubleStream all(Scenario scenario, int devices, String fixed) {
        DoubleStream.Builder all = DoubleStream.builder();
        MemoryEstimate memory = new MemoryEstimate();
        StrategySpace.of(scenario.workload(), devices, fixed)
                .forEach(l -> all.add(memory.compute(scenario.workload(), scenario.stack(), l)));
        return all.build();
    }

    private static Scenario withBatch(Scenario scenario, int batch) {
        return scenario.withWorkload(scenario.workload().withGlobalBatch(batch));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void of_anySmallSpace_isTheLeastOfAllLayouts(long seed) {
        Random random = new Random(seed);
        Scenario scenario = withBatch(SmallScenarios.of(random), 1 + random.nextInt(24));
        String fixed = FIXES.get(random.nextInt(FIXES.size()));
        int devices = List.of(2, 3, 4, 6, 8, 12, 16).get(random.nextInt(7));

        assertThat(LeastMemory.of(scenario, devices, fixed).stream().mapToDouble(LeastMemory.Least::bytes))
                .as(
                        "%s on %d devices, batch %d",
                        fixed, devices, scenario.workload().globalBatch())
                .isEqualTo(all(scenario, devices, fixed).min().stream().boxed().toList());
    }

    @Test
    void of_interleavingThatOnlyTheLargerMicroBatchAllows_isFound() {
        Scenario scenario = withBatch(SmallScenarios.of(new Random(1)), 6);
        String fixed = "mb=2|3,tp=1,cp=1,pp=2,sched=interleaved";

        assertThat(LeastMemory.of(scenario, 2, fixed).orElseThrow().bytes())
                .isEqualTo(all(scenario, 2, fixed).min().orElseThrow());
    }
}
