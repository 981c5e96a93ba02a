package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cpu.CpuPlans;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.workload.TransformerModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What commands compute must not depend on when devices run them, only on what they were made to wait for. */
class EngineOrderTest {
    private static final int SEEDS = 4;

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "ddp; 4",
                "zero1; 4",
                "zero2,tp=2,pp=2; 8",
                "fsdp; 4",
                "fsdp,tp=2,cp=2; 8",
                "hsdp=2; 4",
                "ddp,pp=4; 4",
                "ddp,tp=4; 4",
                "experts fsdp,ep=4,cp=2; 8",
                "experts ddp,ep=2; 4"
            })
    void resultsDoNotDependOnWhenCommandsRun(String strategy, int devices) {
        boolean experts = strategy.startsWith("experts ");
        TransformerModel model = experts ? CpuPlans.EXPERTS : CpuPlans.MODEL;
        StepPlan plan = CpuPlans.plan(model, strategy.replace("experts ", ""), devices, 8);
        for (DataType type : List.of(DataType.FP32, DataType.BF16)) {
            for (boolean direct : new boolean[] {true, false}) {
                List<String> first = histories(plan, direct, type, 0);
                assertThat(first.toString()).contains("matmul", "attentionGradient", "adamw");
                for (int seed = 1; seed < SEEDS; seed++) {
                    assertThat(histories(plan, direct, type, seed))
                            .as("seed %d", seed)
                            .isEqualTo(first);
                }
            }
        }
    }

    private static List<String> histories(StepPlan plan, boolean direct, DataType type, long seed) {
        HostDevices devices =
                new HostDevices(plan.layout().devices(), direct, NumberFormats.of(type), Long.MAX_VALUE, seed);
        EngineOptions options = new EngineOptions("host", PlanSample.whole(), false, Duration.ofSeconds(30));
        try (DeviceEngine engine = new DeviceEngine(devices, options)) {
            List<Timeline> steps =
                    engine.run(new ExecutionRequest(plan, 1, 1, false, Optional.empty(), CancellationToken.none()));
            assertThat(steps).hasSize(1);
        }
        assertThat(devices.buffers()).isZero();
        return devices.histories();
    }
}
