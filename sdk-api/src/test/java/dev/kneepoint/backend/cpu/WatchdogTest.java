package dev.kneepoint.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.BackendException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WatchdogTest {
    private static final long NEVER = Long.MAX_VALUE / 4;

    /** Looks without a pause catch ranks between any two of their steps, as a busy machine does now and then. */
    @ParameterizedTest
    @ValueSource(strings = {"zero2,tp=2,pp=2", "fsdp", "ddp", "fsdp,tp=2,cp=2"})
    void ranksThatGoOnAreNotBlamed(String strategy) throws InterruptedException {
        StepPlan plan = CpuPlans.plan(CpuPlans.MODEL, strategy, 8, 8);
        assertThat(blamed(plan, 40)).isEmpty();
    }

    private static Optional<BackendException> blamed(StepPlan plan, int steps) throws InterruptedException {
        CpuOptions options = CpuOptions.of(Map.of());
        int ranks = plan.layout().devices();
        RunControl control = new RunControl(ranks, false);
        Fabric fabric = new Fabric(plan, control, options.kernel());
        StepGate gate = new StepGate(control, ranks, steps);
        List<Thread> threads = new ArrayList<>();
        for (int r = 0; r < ranks; r++) {
            threads.add(new Thread(new RankRun(r, plan, options, control, fabric, gate, false)));
        }
        threads.forEach(Thread::start);
        Watchdog watchdog = new Watchdog(control, NEVER);
        Optional<BackendException> blamed = Optional.empty();
        while (blamed.isEmpty() && threads.stream().anyMatch(Thread::isAlive)) {
            blamed = watchdog.look();
        }
        blamed.ifPresent(control::fail);
        for (Thread thread : threads) {
            thread.join();
        }
        return Optional.ofNullable(control.failure());
    }
}
