package dev.kneepoint.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.workload.ModelCatalog;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusalsTest {
    @Test
    void aPlanThatTheHeapCannotHoldIsRefusedBeforeItStarts() {
        StepPlan plan = CpuPlans.plan(ModelCatalog.get("llama2-1b"), "fsdp", 4, 4);
        assertThatThrownBy(() -> CpuPlans.run(plan, Map.of()))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessageContaining("the heap has room for")
                .hasMessageContaining("raise -Xmx");
    }

    @Test
    void anOpLargerThanAnArrayIsNamed() {
        StepPlan plan = CpuPlans.plan(ModelCatalog.get("gpt3-175b"), "ddp", 1, 1);
        assertThatThrownBy(() -> CpuPlans.run(plan, Map.of()))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessageContaining("op '")
                .hasMessageContaining("larger than one array");
    }

    /** What earlier runs left for the collector is not in the way of the next. */
    @Test
    void garbageIsNoReasonToRefuse() {
        StepPlan plan = CpuPlans.plan(ModelCatalog.get("tiny"), "ddp", 8, 8);
        for (int i = 0; i < 8; i++) {
            assertThat(CpuPlans.run(plan, Map.of("cpu.layers", "1")).steps().samples())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cpu.clock | sundial | cpu.clock is wall or virtual, not 'sundial'",
                "cpu.layers | 0 | cpu.layers is at least 1, not 0",
                "cpu.layers | few | cpu.layers is a whole number, not 'few'",
                "cpu.micro-batches | 1 | cpu.micro-batches is at least 2, not 1",
                "cpu.timeout | soon | cpu.timeout is a duration such as PT30S, not 'soon'",
                "cpu.timeout | PT-1S | cpu.timeout is above zero and at most a day, not PT-1S",
                "cpu.cores | 2 | backend cpu has no option 'cpu.cores'; it has [cpu.checks, cpu.clock",
                "cpu.faults | explode(rank=1) | there is no fault 'explode'; there are slow, fail",
                "cpu.faults | fail | it is not kind(name=value",
                "cpu.faults | fail(rank=1) | fail needs rank and op",
                "cpu.faults | slow(rank=1,op=qkv) | slow needs rank and factor",
                "cpu.faults | slow(rank=x,factor=2) | 'x' is no number",
                "cpu.faults | slow(rank=1,factor=0.5) | '0.5' is not between 1.0",
                "cpu.faults | fail(rank=1,when=now) | 'when=now' is not rank=, op= or factor=",
                "cpu.faults | fail(rank=7,op=qkv) | there is no rank 7 in a plan with 1 ranks"
            })
    void wrongOptionsSayWhatWouldBeRight(String name, String value, String message) {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "ddp", 1, 1);
        assertThatThrownBy(() -> CpuPlans.run(plan, Map.of(name, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
