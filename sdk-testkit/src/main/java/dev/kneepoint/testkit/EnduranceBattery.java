package dev.kneepoint.testkit;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A thousand executions leave neither threads nor memory behind. */
final class EnduranceBattery {
    static final int EXECUTIONS = 1_000;
    private static final int WARMUP = 100;
    /** What the JVM's own profiles and caches may grow by meanwhile; a leak of 16 KiB per run shows. */
    private static final long SLACK_BYTES = 16L << 20;

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
            long memory = used();
            for (int i = 0; i < EXECUTIONS; i++) {
                Subject.run(backend, plan);
            }
            Threads.backTo(threads);
            long grown = used() - memory;
            Expect.that(
                    grown <= SLACK_BYTES,
                    EXECUTIONS + " executions grew the heap by " + grown + " bytes, more than " + SLACK_BYTES);
        }
    }

    /** Smallest of several looks: one collection may leave what the next one finds. */
    private static long used() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(20);
            least = Math.min(
                    least,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }
}
