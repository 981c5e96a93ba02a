package dev.kneepoint.testkit;

import static dev.kneepoint.testkit.Expect.expectThrows;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Cancellation, deadlines and failures, and that the backend works again afterwards. */
final class FailureBattery {
    private static final Duration PROMPT = Duration.ofSeconds(2);

    private FailureBattery() {}

    static List<Check> checks(Subject subject) {
        List<Check> out = new ArrayList<>(List.of(
                new Check("a cancelled request does not run", FailureBattery::cancelledBefore),
                new Check("cancellation ends a run soon", FailureBattery::cancelledDuring),
                new Check("a deadline that has passed ends a run", FailureBattery::deadline),
                new Check("the backend works again after cancellation and deadline", FailureBattery::reuse)));
        if (!subject.faults().isEmpty()) {
            out.add(new Check(
                    "a failing run ends in one typed exception and leaves no thread", FailureBattery::failure));
        }
        return out;
    }

    private static ExecutionRequest request(
            StepPlan plan, int steps, Optional<Duration> deadline, CancellationToken token) {
        return new ExecutionRequest(plan, 0, steps, false, deadline, token);
    }

    private static void cancelledBefore(Subject subject) {
        subject.with(FailureBattery::runCancelled);
    }

    private static void runCancelled(Backend backend) {
        CancellationToken token = CancellationToken.create();
        token.cancel();
        expectThrows(
                ExecutionCancelledException.class,
                "executing a cancelled request",
                () -> backend.execute(request(Subject.pair(backend, "ddp"), 1, Optional.empty(), token)));
    }

    /** A backend that is done before the token is cancelled may return; one that runs on is not prompt. */
    private static void cancelledDuring(Subject subject) throws Exception {
        CancellationToken token = CancellationToken.create();
        AtomicLong cancelled = new AtomicLong(Long.MAX_VALUE);
        Thread canceller = new Thread(() -> {
            LockSupport.parkNanos(30_000_000);
            cancelled.set(System.nanoTime());
            token.cancel();
        });
        try (Backend backend = subject.open()) {
            canceller.start();
            while (!token.isCancelled()) {
                backend.execute(request(Subject.pair(backend, "ddp"), 5_000, Optional.empty(), token));
            }
        } catch (ExecutionCancelledException e) {
            Expect.that(token.isCancelled(), "cancelled before anyone asked for it: " + e.getMessage());
        } finally {
            canceller.join();
        }
        long late = System.nanoTime() - cancelled.get();
        Expect.that(late < PROMPT.toNanos(), "the run went on for " + late / 1_000_000 + " ms after it was cancelled");
    }

    private static void deadline(Subject subject) {
        subject.with(FailureBattery::runLate);
    }

    private static void runLate(Backend backend) {
        DeadlineExceededException e = expectThrows(
                DeadlineExceededException.class,
                "executing with a deadline of a nanosecond",
                () -> backend.execute(request(
                        Subject.pair(backend, "ddp"),
                        100,
                        Optional.of(Duration.ofNanos(1)),
                        CancellationToken.none())));
        Expect.that(
                Expect.message(e).contains("deadline"),
                "the message does not speak of the deadline: " + e.getMessage());
    }

    private static void reuse(Subject subject) {
        subject.with(backend -> {
            for (int i = 0; i < 3; i++) {
                runCancelled(backend);
                Subject.run(backend, Subject.pair(backend, "ddp"));
                runLate(backend);
                Subject.run(backend, Subject.pair(backend, "ddp"));
            }
        });
    }

    private static void failure(Subject subject) throws Exception {
        Map<String, String> options = new HashMap<>(subject.options());
        options.putAll(subject.faults());
        int before = Threads.count();
        try (Backend backend = subject.registry().open(subject.id(), options)) {
            for (int i = 0; i < 3; i++) {
                long start = System.nanoTime();
                expectThrows(
                        BackendException.class,
                        "a run with faults",
                        () -> backend.execute(Subject.request(Subject.pair(backend, "ddp"), 0, 1, false)));
                Expect.that(System.nanoTime() - start < Subject.PATIENCE.toNanos(), "the failure took too long");
            }
        }
        Threads.backTo(before);
        subject.with(b -> Subject.run(b, Subject.pair(b, "ddp")));
    }
}
