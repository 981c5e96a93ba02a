package dev.kneepoint.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StepRecorderTest {
    private static final Cluster CLUSTER = ClusterCatalog.get("dgx-h100");
    private static final TrainingWorkload WORKLOAD = new TrainingWorkload(
            ModelCatalog.get("llama2-7b"), 4096, 32, Precision.BF16, Recompute.NONE, Optimizer.ADAMW);
    private static final StepRecorder RECORDER = StepRecorder.of(WORKLOAD, CLUSTER, 16);

    @Test
    void metricsAreThoseOfTheMedianStep() {
        StepRecorder r = RECORDER.keeping(10);
        r.record(3_000_000_000L, 1_000_000_000L, 0);
        r.record(2_000_000_000L, 1_500_000_000L, 300_000_000L);
        r.record(1_000_000_000L, 900_000_000L, 0);
        ScalingMetrics m = r.metrics();
        assertThat(m.stepTime().value()).isEqualTo(2.0);
        assertThat(m.meanParts().compute()).isCloseTo(1.5, within(1e-12));
        assertThat(m.meanParts().exposedCommunication()).isCloseTo(0.3, within(1e-12));
        assertThat(m.meanParts().total()).isCloseTo(2.0, within(1e-12));
        assertThat(m.tokensPerSecond()).isEqualTo(32 * 4096 / 2.0);
        assertThat(m.devices()).isEqualTo(16);
        assertThat(m.provenance()).isEqualTo(Provenance.MEASURED);
        assertThat(m.utilization().orElseThrow().mfu()).isBetween(0.05, 0.8);
        assertThat(m.energy()).isEmpty();
        assertThat(m.memory()).isEmpty();
        assertThat(m.flags()).isEmpty();
    }

    @Test
    void percentilesAreThoseOfTheSortedLatestSteps() {
        Random random = new Random(20261124);
        for (int round = 0; round < 100; round++) {
            int kept = 1 + random.nextInt(50);
            int warmup = random.nextInt(5);
            StepRecorder r = RECORDER.keeping(kept).withWarmup(warmup);
            List<Long> all = new ArrayList<>();
            int steps = warmup + 1 + random.nextInt(120);
            for (int i = 0; i < steps; i++) {
                long nanos = 1L + random.nextInt(1_000_000);
                r.record(nanos, 0, 0);
                if (i >= warmup) {
                    all.add(nanos);
                }
            }
            long[] latest = all.subList(Math.max(0, all.size() - kept), all.size()).stream()
                    .mapToLong(Long::longValue)
                    .sorted()
                    .toArray();
            StepTimes t = r.metrics().step();
            assertThat(t.samples()).isEqualTo(latest.length);
            assertThat(t.warmup()).isEqualTo(warmup);
            assertThat(t.median().value()).isEqualTo(latest[(latest.length - 1) / 2] * 1e-9);
            int last = latest.length - 1;
            assertThat(t.p5().value()).isEqualTo(latest[(int) Math.floor(0.05 * last + 1e-9)] * 1e-9);
            assertThat(t.p95().value()).isEqualTo(latest[(int) Math.ceil(0.95 * last - 1e-9)] * 1e-9);
        }
    }

    @Test
    void beginAndEndReadTheClock() {
        AtomicLong now = new AtomicLong(500);
        StepRecorder r = RECORDER.withClock(now::get);
        long begun = r.begin();
        now.addAndGet(2_000_000);
        r.end(begun);
        assertThat(r.metrics().stepTime().value()).isCloseTo(0.002, within(1e-15));
        assertThat(r.metrics().flags()).containsExactly("time-classes-unknown");
        assertThat(r.metrics().meanParts().idle()).isCloseTo(0.002, within(1e-15));
    }

    @Test
    void aStepMayTakeLessThanATickButNotStartInTheFuture() {
        AtomicLong now = new AtomicLong(Long.MAX_VALUE);
        StepRecorder r = RECORDER.withClock(now::get);
        r.end(r.begin());
        assertThat(r.metrics().stepTime().value()).isEqualTo(1e-9);
        long begun = r.begin();
        now.addAndGet(2_000_000);
        r.end(begun);
        assertThat(r.metrics().step().p95().value()).as("across overflow").isCloseTo(0.002, within(1e-15));
        assertThatThrownBy(() -> r.end(r.begin() + 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the start of a step must be what begin() returned, not a time 5 ns in the future");
        assertThat(r.steps()).isEqualTo(2);
    }

    @Test
    void manyThreadsLoseNoStep() throws InterruptedException {
        StepRecorder r = RECORDER.keeping(100_000);
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            long nanos = 1000L * (t + 1);
            threads[t] = new Thread(() -> {
                for (int i = 0; i < 10_000; i++) {
                    r.record(nanos, nanos / 2, nanos / 4);
                }
            });
        }
        Arrays.stream(threads).forEach(Thread::start);
        for (Thread t : threads) {
            t.join();
        }
        assertThat(r.steps()).isEqualTo(40_000);
        ScalingMetrics m = r.metrics();
        assertThat(m.step().samples()).isEqualTo(40_000);
        assertThat(m.step().median().value()).isCloseTo(2e-6, within(1e-15));
        assertThat(m.meanParts().compute()).as("no step is torn").isCloseTo(1e-6, within(1e-15));
    }

    @Test
    void recordingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        StepRecorder r = RECORDER.keeping(64);
        for (int i = 0; i < 20_000; i++) {
            r.end(r.begin());
        }
        long before = threads.getThreadAllocatedBytes(thread);
        for (int i = 0; i < 10_000; i++) {
            r.end(r.begin(), 0, 0);
        }
        assertThat((threads.getThreadAllocatedBytes(thread) - before) / 10_000.0)
                .isLessThan(0.5);
    }

    @Test
    void wrongUseSaysWhatWouldBeRight() {
        assertThatThrownBy(() -> RECORDER.withWarmup(1).metrics())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no step recorded after 1 of warm-up; record one first");
        for (long[] wrong : new long[][] {{0, 0, 0}, {10, -1, 0}, {10, 0, -1}, {10, 6, 5}, {10, Long.MAX_VALUE, 1}}) {
            assertThatThrownBy(() -> RECORDER.record(wrong[0], wrong[1], wrong[2]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("parts fit into it");
        }
        assertThatThrownBy(() -> StepRecorder.of(WORKLOAD, CLUSTER, 0)).hasMessageContaining("devices");
        int tooMany = CLUSTER.maxDevices() + 1;
        assertThatThrownBy(() -> StepRecorder.of(WORKLOAD, CLUSTER, tooMany))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("devices must be between 1 and " + CLUSTER.maxDevices() + ", not " + tooMany);
        assertThatThrownBy(() -> RECORDER.keeping(0)).hasMessageContaining("kept steps");
        assertThat(RECORDER.steps()).isZero();
    }
}
