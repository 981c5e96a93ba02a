package dev.kneepoint.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.metrics.MetricsCalculator;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CpuClockTest {
    private static final Map<String, String> VIRTUAL = Map.of("cpu.clock", "virtual");
    private static final StepPlan PLAN = CpuPlans.plan(CpuPlans.MODEL, "fsdp,tp=2", 4, 4);

    @Test
    void virtualTimeIsBitEqualOverAHundredRuns() {
        ExecutionResult first = CpuPlans.run(PLAN, VIRTUAL);
        assertThat(first.provenance()).isEqualTo(Provenance.SIMULATED);
        for (int i = 1; i < 100; i++) {
            assertThat(CpuPlans.run(PLAN, VIRTUAL)).isEqualTo(first);
        }
    }

    @Test
    void virtualTimeIsTheSimulators() {
        ExecutionResult cpu = CpuPlans.run(PLAN, VIRTUAL);
        try (var sim = BackendRegistry.discover(getClass().getClassLoader()).open("sim", Map.of())) {
            assertThat(cpu.timeline())
                    .isEqualTo(sim.execute(ExecutionRequest.of(PLAN)).timeline());
        }
    }

    @Test
    void aSlowRankMakesTheOthersWaitInVirtualTime() {
        ExecutionResult healthy = CpuPlans.run(PLAN, VIRTUAL);
        ExecutionResult slow =
                CpuPlans.run(PLAN, Map.of("cpu.clock", "virtual", "cpu.faults", "slow(rank=2,factor=3)"));
        TimeParts before = MetricsCalculator.meanParts(healthy.timeline());
        TimeParts after = MetricsCalculator.meanParts(slow.timeline());
        assertThat(slow.steps().median().value())
                .isGreaterThan(healthy.steps().median().value());
        assertThat(after.straggler()).isGreaterThan(before.straggler());
        assertThat(after.total()).isCloseTo(slow.timeline().step().value(), within(1e-9));
        assertThat(slow.flags()).containsExactly("faults-injected");
    }

    @Test
    void aSlowRankMakesTheOthersWaitOnTheWall() {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "ddp", 2, 2);
        ExecutionResult r = CpuPlans.run(plan, Map.of("cpu.faults", "slow(rank=1,factor=8)"));
        var ranks = r.timeline().ranks();
        assertThat(ranks.get(0).parts().straggler())
                .isGreaterThan(ranks.get(1).parts().straggler());
        assertThat(ranks.get(1).parts().compute())
                .isGreaterThan(ranks.get(0).parts().compute());
    }

    @Test
    void whatIsSampledIsMultipliedOutAndMarked() {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "ddp,mb=1", 1, 8);
        ExecutionResult whole = CpuPlans.run(plan, Map.of());
        ExecutionResult part = CpuPlans.run(plan, Map.of("cpu.layers", "1", "cpu.micro-batches", "2"));
        assertThat(whole.flags()).doesNotContain("sampled");
        assertThat(part.flags()).contains("sampled");
        assertThat(part.provenance()).isEqualTo(Provenance.EXTRAPOLATED);
        assertThat(part.timeline().ranks().getFirst().parts().total())
                .isCloseTo(part.timeline().step().value(), within(1e-9));
        double ratio = part.steps().median().value() / whole.steps().median().value();
        assertThat(ratio).as("a sample of the same step, on a noisy machine").isBetween(0.02, 50.0);
    }

    @Test
    void samplesPipelines() {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "ddp,pp=2,vpp=2,mb=1", 2, 8);
        ExecutionResult part = CpuPlans.run(plan, Map.of("cpu.micro-batches", "3"));
        assertThat(part.provenance()).isEqualTo(Provenance.EXTRAPOLATED);
        part.timeline()
                .ranks()
                .forEach(r -> assertThat(r.parts().total())
                        .isCloseTo(part.timeline().step().value(), within(1e-6)));
    }

    @Test
    void spansLieInTheStep() {
        try (var cpu = BackendRegistry.discover(getClass().getClassLoader()).open("cpu", Map.of())) {
            ExecutionRequest request =
                    new ExecutionRequest(PLAN, 1, 3, true, Optional.empty(), CancellationToken.none());
            ExecutionResult r = cpu.execute(request);
            assertThat(r.steps().samples()).isEqualTo(3);
            assertThat(r.steps().warmup()).isEqualTo(1);
            assertThat(r.steps().p5().value())
                    .isLessThanOrEqualTo(r.steps().median().value());
            assertThat(r.steps().p95().value())
                    .isGreaterThanOrEqualTo(r.steps().median().value());
            long end = (long) (r.timeline().step().value() * 1e12) + 1_000_000;
            r.timeline().ranks().forEach(k -> {
                assertThat(k.spans()).extracting(s -> s.name()).contains("qkv", "tp-gather1", "optimizer");
                assertThat(k.spans()).allMatch(s -> s.endPicos() <= end);
            });
        }
    }

    /** Compute is slowed down, so that a gather that runs beside it cannot miss it. */
    @Test
    void transfersRunBesideCompute() {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, "fsdp", 2, 2);
        Map<String, String> slow = Map.of("cpu.faults", "slow(rank=0,factor=40);slow(rank=1,factor=40)");
        try (var cpu = new CpuProvider().open(slow)) {
            ExecutionResult r = cpu.execute(ExecutionRequest.of(plan).withSpans());
            var spans = r.timeline().ranks().getFirst().spans();
            long beside = spans.stream()
                    .filter(t -> !t.compute())
                    .filter(t -> spans.stream()
                            .anyMatch(
                                    c -> c.compute() && c.startPicos() < t.endPicos() && t.startPicos() < c.endPicos()))
                    .count();
            assertThat(beside).as("transfers beside compute").isGreaterThan(2);
        }
    }
}
