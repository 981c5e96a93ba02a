package dev.kneepoint.backend.host;

import dev.kneepoint.spi.BackendException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The threads of a run's ranks: started together, watched, and waited for whatever happens. Used once, by one thread. */
public final class RunThreads {
    private static final int SHORT_LOOKS = 20;
    private static final int SHORT_MILLIS = 1;
    private static final int LONG_MILLIS = 10;

    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch running;

    /** What the threads share with who watches them. */
    public interface Control {
        /**
         * Stops the run, unless it is stopped already.
         *
         * @param cause why
         */
        void fail(BackendException cause);

        /**
         * Whether the run is stopped.
         *
         * @return true if its threads come to an end
         */
        boolean stopped();
    }

    /**
     * No threads yet.
     *
     * @param count how many will be added
     */
    public RunThreads(int count) {
        running = new CountDownLatch(count);
    }

    /**
     * Adds a thread, which does not start yet.
     *
     * @param name its name
     * @param body what it does; it tells its failures to the control and throws nothing
     */
    public void add(String name, Runnable body) {
        Thread thread = new Thread(
                () -> {
                    try {
                        body.run();
                    } finally {
                        running.countDown();
                    }
                },
                name);
        thread.setDaemon(true);
        threads.add(thread);
    }

    /**
     * Runs all threads to their end. Why it came early is left with the control; an interrupt is one reason, and stays set.
     *
     * @param limits of the run
     * @param control of the run
     * @param look called every few milliseconds for what no thread could say: why the run cannot go on, or empty
     * @param release ends what threads of a stopped run may wait for; called once, before they are waited for
     */
    public void run(RunLimits limits, Control control, Supplier<Optional<BackendException>> look, Runnable release) {
        boolean interrupted = false;
        try {
            threads.forEach(Thread::start);
            watch(limits, control, look);
        } catch (InterruptedException e) {
            interrupted = true;
            control.fail(limits.interrupted());
        } catch (OutOfMemoryError e) {
            control.fail(new BackendException("cannot start " + threads.size() + " threads: " + e.getMessage(), e));
        } finally {
            if (control.stopped()) {
                release.run();
            }
            join(threads, e -> control.fail(limits.interrupted()));
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void watch(RunLimits limits, Control control, Supplier<Optional<BackendException>> look)
            throws InterruptedException {
        for (int looks = 0; !await(looks); looks++) {
            limits.passed().or(look).ifPresent(control::fail);
            if (control.stopped()) {
                return;
            }
        }
    }

    private boolean await(int looks) throws InterruptedException {
        return running.await(looks < SHORT_LOOKS ? SHORT_MILLIS : LONG_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Waits for threads to end, and does not leave before.
     *
     * @param threads those that run
     * @param interrupted told of an interrupt, which is set again at the end
     */
    public static void join(List<Thread> threads, Consumer<InterruptedException> interrupted) {
        boolean again = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    again = true;
                    interrupted.accept(e);
                }
            }
        }
        if (again) {
            Thread.currentThread().interrupt();
        }
    }
}
