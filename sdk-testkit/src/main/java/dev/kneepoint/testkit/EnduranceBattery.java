package dev.kneepoint.testkit;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import java.util.List;

/** A thousand executions leave neither threads nor memory behind: a leak of 16 KiB per run shows. */
final class EnduranceBattery {
    static final int EXECUTIONS = 1_000;
    private static final int WARMUP = 100;

    private EnduranceBattery() {}

    static List<Check> checks() {
        return List.of(new Check(EXECUTIONS + " executions leak neither threads nor memory", EnduranceBattery::run));
    }

    private static void run(Subject subject) throws Exception {
        try (Backend backend = subject.open()) {
            StepPlan plan = Subject.pair(backend, "fsdp");
            for (int i = 0; i < WARMUP; i++) {
                Subject.run(backend, plan);
            }
            int threads = Threads.count();
            long memory = Heap.used();
            for (int i = 0; i < EXECUTIONS; i++) {
                Subject.run(backend, plan);
            }
            Threads.backTo(threads);
            Heap.backTo(memory, EXECUTIONS + " executions");
        }
    }
}
