package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.backend.cpu.CpuPlans;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One rank of every stage runs; what ranks do together is simulated. */
class AloneTest {
    private static final EngineOptions ALONE =
            new EngineOptions("host", PlanSample.whole(), true, Duration.ofSeconds(30));

    private static List<Timeline> run(StepPlan plan, long bytes) {
        HostDevices devices = new HostDevices(1, false, NumberFormats.SINGLE, bytes, 3);
        try (DeviceEngine engine = new DeviceEngine(devices, ALONE)) {
            return engine.run(ExecutionRequest.of(plan));
        } finally {
            assertThat(devices.buffers()).isZero();
        }
    }

    /** Commands of these devices take a nanosecond each: compute is their number, as every rank of the plan issues them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"ddp; 4", "fsdp; 128", "fsdp,tp=2,cp=2; 8", "ddp,pp=4; 4", "fsdp,tp=2,pp=2; 8"})
    void compute_isMeasured_andTheRestSimulated(String strategy, int devices) {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, strategy, devices, devices);
        List<Timeline> steps = run(plan, Long.MAX_VALUE);
        assertThat(steps).isNotEmpty();
        for (Timeline t : steps) {
            assertThat(t.ranks()).hasSize(plan.programs().size());
            for (int stage = 0; stage < t.ranks().size(); stage++) {
                long kernels = kernels(plan, stage);
                double slowest = 1.2;
                assertThat(t.ranks().get(stage).parts().compute())
                        .as("stage %d", stage)
                        .isBetween(1e-9 * kernels * 0.999, 1e-9 * slowest * kernels);
            }
        }
        assertThat(ALONE.provenance(plan)).isEqualTo(Provenance.MIXED);
        assertThat(ALONE.flags(plan, 1)).containsExactly("communication-simulated");
    }

    private static long kernels(StepPlan plan, int stage) {
        var program = plan.programs().get(stage);
        return program.segments().stream()
                .mapToLong(s -> program.runs(s)
                        * s.blocks().stream()
                                .mapToLong(b -> b.repeat()
                                        * b.ops().stream()
                                                .filter(AloneTest::takesANanosecond)
                                                .count())
                                .sum())
                .sum();
    }

    /** Transfers are simulated, and ops without bytes are no command unless they wait. */
    private static boolean takesANanosecond(Op op) {
        return switch (op) {
            case Op.Collective c -> false;
            case Op.SendReceive t -> false;
            case Op.MemoryBound m -> m.bytes() > 0;
            case Op.Matmul m -> true;
            case Op.Attention a -> true;
            case Op.OptimizerStep o -> true;
        };
    }

    @Test
    void communication_isThatOfTheSimulatedCluster() {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "fsdp", 8, 8);
        Timeline step = run(plan, Long.MAX_VALUE).getFirst();
        assertThat(step.ranks().getFirst().busy().communication()).isGreaterThan(0);
        assertThat(step.ranks().getFirst().busy().bytesByAxis()).isEqualTo(plan.bytesSent(0));
        assertThat(step.step().value())
                .isCloseTo(step.ranks().getFirst().parts().total(), within(1e-9));
    }

    @Test
    void everyStage_mustFitTheDevice() {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "ddp,pp=4", 4, 8);
        assertThatThrownBy(() -> run(plan, 1000))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessageContaining("device 'host 0' has");
    }
}
