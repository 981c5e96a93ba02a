package dev.kneepoint.backend.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cpu.CpuPlans;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunThreadsTest {
    private final CancellationToken token = CancellationToken.create();
    private final Told told = new Told();

    /** A control that ends what threads wait for when it is asked to. */
    private static final class Told implements RunThreads.Control {
        private final List<BackendException> failures = new ArrayList<>();
        private final CountDownLatch released = new CountDownLatch(1);
        private volatile Optional<BackendException> found = Optional.empty();

        @Override
        public void fail(BackendException cause) {
            failures.add(cause);
        }

        @Override
        public boolean stopped() {
            return !failures.isEmpty();
        }

        Optional<BackendException> look() {
            return found;
        }

        void release() {
            released.countDown();
        }

        void awaitRelease() {
            try {
                released.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @AfterEach
    void noThreadIsLeft() {
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(t -> t.getName().startsWith("run-threads-"));
    }

    private RunLimits limits(Optional<Duration> deadline) {
        ExecutionRequest request =
                new ExecutionRequest(CpuPlans.plan(CpuPlans.MODEL, "ddp", 1, 1), 0, 1, false, deadline, token);
        return new RunLimits(request, () -> "3 ranks");
    }

    private void runUntilReleased(RunLimits limits) {
        RunThreads threads = new RunThreads(3);
        for (int i = 0; i < 3; i++) {
            threads.add("run-threads-" + i, told::awaitRelease);
        }
        threads.run(limits, told, told::look, told::release);
    }

    @Test
    void threadsThatEnd_areLeftAlone() {
        AtomicInteger ran = new AtomicInteger();
        RunThreads threads = new RunThreads(2);
        threads.add("run-threads-0", ran::incrementAndGet);
        threads.add("run-threads-1", ran::incrementAndGet);
        threads.run(limits(Optional.empty()), told, told::look, told::release);
        assertThat(ran).hasValue(2);
        assertThat(told.failures).isEmpty();
        assertThat(told.released.getCount()).as("not released").isOne();
    }

    @Test
    void cancellation_endsThem() {
        token.cancel();
        runUntilReleased(limits(Optional.empty()));
        assertThat(told.failures)
                .singleElement()
                .isInstanceOf(ExecutionCancelledException.class)
                .extracting(Throwable::getMessage)
                .isEqualTo("cancelled while running 3 ranks");
    }

    @Test
    void deadline_endsThem() {
        runUntilReleased(limits(Optional.of(Duration.ofMillis(30))));
        assertThat(told.failures)
                .singleElement()
                .isInstanceOf(DeadlineExceededException.class)
                .extracting(Throwable::getMessage)
                .isEqualTo("the deadline of 30 ms passed while running 3 ranks");
    }

    @Test
    void whatOnlyALookFinds_endsThem() {
        BackendException found = new BackendException("rank 1 is gone");
        told.found = Optional.of(found);
        runUntilReleased(limits(Optional.empty()));
        assertThat(told.failures).containsExactly(found);
    }

    @Test
    void interrupt_endsThemAndStaysSet() {
        Thread.currentThread().interrupt();
        runUntilReleased(limits(Optional.empty()));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(told.failures)
                .first()
                .isInstanceOf(ExecutionCancelledException.class)
                .extracting(Throwable::getMessage)
                .isEqualTo("interrupted while running 3 ranks");
    }

    @Test
    void whoJoins_isToldOfInterruptsAndWaitsOn() {
        Thread thread = new Thread(told::awaitRelease, "run-threads-joined");
        thread.start();
        Thread.currentThread().interrupt();
        RunThreads.join(List.of(thread), e -> told.release());
        assertThat(thread.isAlive()).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }
}
