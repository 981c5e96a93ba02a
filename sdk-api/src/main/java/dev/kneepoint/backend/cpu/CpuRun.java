package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Runs all ranks of a plan, watches over them, and leaves no thread behind. Used once. */
final class CpuRun {
    private static final int SHORT_LOOKS = 20;

    private final ExecutionRequest request;
    private final RunControl control;
    private final Fabric fabric;
    private final StepGate gate;
    private final Watchdog watchdog;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch running;

    CpuRun(ExecutionRequest request, StepPlan plan, CpuOptions options) {
        int ranks = plan.layout().devices();
        this.request = request;
        this.control = new RunControl(ranks, ranks <= Runtime.getRuntime().availableProcessors());
        this.fabric = new Fabric(plan, control, options.kernel());
        this.gate = new StepGate(control, ranks, request.warmupSteps() + request.measuredSteps());
        this.watchdog = new Watchdog(control, options.timeout().toNanos());
        this.running = new CountDownLatch(ranks);
        for (int r = 0; r < ranks; r++) {
            RankRun rank = new RankRun(r, plan, options, control, fabric, gate, request.recordSpans());
            Thread thread = new Thread(() -> runThenCount(rank), "kneepoint-cpu-rank-" + r);
            thread.setDaemon(true);
            threads.add(thread);
        }
    }

    private void runThenCount(RankRun rank) {
        try {
            rank.run();
        } finally {
            running.countDown();
        }
    }

    Fabric fabric() {
        return fabric;
    }

    /** Runs to the end; the measured steps. */
    List<StepGate.Step> run() {
        long start = System.nanoTime();
        boolean interrupted = false;
        try {
            threads.forEach(Thread::start);
            watch(start);
        } catch (InterruptedException e) {
            interrupted = true;
            control.fail(new ExecutionCancelledException("interrupted while running " + where()));
        } catch (OutOfMemoryError e) {
            control.fail(new BackendException("cannot start " + threads.size() + " threads: " + e.getMessage(), e));
        } finally {
            join();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        BackendException failure = control.failure();
        if (failure != null) {
            throw failure;
        }
        return gate.steps().subList(request.warmupSteps(), gate.steps().size());
    }

    private void watch(long start) throws InterruptedException {
        for (int look = 0; !running.await(look < SHORT_LOOKS ? 1 : 10, TimeUnit.MILLISECONDS); look++) {
            Duration past = Duration.ofNanos(System.nanoTime() - start);
            Optional<Duration> deadline = request.deadline().filter(d -> past.compareTo(d) > 0);
            if (request.cancellation().isCancelled()) {
                control.fail(new ExecutionCancelledException("cancelled while running " + where()));
            } else if (deadline.isPresent()) {
                control.fail(new DeadlineExceededException(
                        "the deadline of " + deadline.get().toMillis() + " ms passed while running " + where()));
            } else {
                watchdog.look().ifPresent(control::fail);
            }
            if (control.stopped()) {
                return;
            }
        }
    }

    private String where() {
        return threads.size() + " ranks on the cpu"
                + watchdog.describe().map(d -> "; " + d).orElse("");
    }

    private void join() {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    control.fail(new ExecutionCancelledException("interrupted while running " + where()));
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
