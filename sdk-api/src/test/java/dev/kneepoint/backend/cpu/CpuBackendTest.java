package dev.kneepoint.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.ExecutionResult;
import java.util.Map;
import org.junit.jupiter.api.Test;
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
                "ddp,tp=2,sp=false | 4 | 8",
                "fsdp,cp=2 | 4 | 8",
                "ddp,pp=2 | 4 | 8",
                "ddp,pp=2,vp=2 | 4 | 8",
                "zero1,pp=4,tp=2 | 16 | 16",
                "fsdp,pp=2,cp=2 | 8 | 8"
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
    }
}
