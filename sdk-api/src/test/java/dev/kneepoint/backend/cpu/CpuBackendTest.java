package dev.kneepoint.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.ExecutionResult;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpuBackendTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fsdp | 1 | 2",
                "ddp | 2 | 4",
                "zero1 | 2 | 4",
                "zero2 | 2 | 4",
                "fsdp | 4 | 8",
                "hsdp=2 | 4 | 8",
                "fsdp,tp=2 | 4 | 8",
                "ddp,tp=2,sp=off | 4 | 8",
                "fsdp,cp=2 | 4 | 8",
                "ddp,pp=2 | 4 | 8",
                "ddp,pp=2,vpp=2 | 4 | 8",
                "zero1,pp=4,tp=2 | 16 | 16",
                "fsdp,pp=2,cp=2 | 8 | 8",
                "ddp,pp=4,sched=zb-h1 | 4 | 8",
                "ddp,pp=2,sched=gpipe | 2 | 4",
                "hsdp=2,tp=2,pp=2 | 16 | 16"
            })
    void runsEveryKindAndMovesThePlansBytes(String strategy, int devices, int batch) {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, strategy, devices, batch);
        ExecutionResult r = CpuPlans.run(plan, Map.of());
        assertThat(r.provenance()).isEqualTo(Provenance.MEASURED);
        assertThat(r.timeline().ranks()).hasSize(devices);
        for (RankTimeline rank : r.timeline().ranks()) {
            double step = r.timeline().step().value();
            assertThat(rank.parts().total()).isCloseTo(step, within(1e-9 + 1e-6 * step));
        }
        assertBytes(plan, r);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"fsdp,ep=4 | 4 | 8", "fsdp,ep=2,tp=2 | 4 | 8", "ddp,ep=2,pp=2 | 4 | 8"})
    void runsExperts(String strategy, int devices, int batch) {
        StepPlan plan = CpuPlans.plan(CpuPlans.EXPERTS, strategy, devices, batch);
        assertBytes(plan, CpuPlans.run(plan, Map.of()));
    }

    /** A transfer moves whole floats, so that each may differ from the plan by less than one per rank of its group. */
    static void assertBytes(StepPlan plan, ExecutionResult r) {
        Map<String, Double> moved = new TreeMap<>();
        r.timeline().ranks().forEach(k -> k.busy().bytesByAxis().forEach((a, b) -> moved.merge(a, b, Double::sum)));
        Map<String, Double> planned = new TreeMap<>();
        for (int stage = 0; stage < plan.programs().size(); stage++) {
            int ranks = plan.programs().get(stage).ranks();
            plan.bytesSent(stage).forEach((a, b) -> planned.merge(a, b * ranks, Double::sum));
        }
        assertThat(moved.keySet()).isEqualTo(planned.keySet());
        planned.forEach(
                (axis, bytes) -> assertThat(moved.get(axis)).as(axis).isCloseTo(bytes, within(1 + 1e-3 * bytes)));
    }
}
