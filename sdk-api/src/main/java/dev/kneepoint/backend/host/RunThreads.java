package dev.kneepoint.backend.host;

import dev.kneepoint.spi.BackendException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The threads of a run's ranks: started together, watched, and waited for whatever happens. Used once, by one thread. */
public final class RunThreads {
    private static final int SHORT_LOOKS = 20;
    private static final int SHORT_MILLIS = 1;
    private static final int LONG_MILLIS = 10;

    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch running;

    /** What the threads have in common with who watches them. */
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

        /**
         * Looks for what no thread could say; called every few milliseconds.
         *
         * @return why the run cannot go on; empty if it can
         */
        Optional<BackendException> look();

        /** Ends what threads of a stopped run may wait for; called once, before they are waited for. */
        default void release() {}
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
     */
    public void run(RunLimits limits, Control control) {
        boolean interrupted = false;
        try {
            threads.forEach(Thread::start);
            watch(limits, control);
        } catch (InterruptedException e) {
            interrupted = true;
            control.fail(limits.interrupted());
        } catch (OutOfMemoryError e) {
            control.fail(new BackendException("cannot start " + threads.size() + " threads: " + e.getMessage(), e));
        } finally {
            if (control.stopped()) {
                control.release();
            }
            join(threads, e -> control.fail(limits.interrupted()));
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void watch(RunLimits limits, Control control) throws InterruptedException {
        for (int look = 0; !await(look); look++) {
            limits.passed().or(control::look).ifPresent(control::fail);
            if (control.stopped()) {
                return;
            }
        }
    }

    private boolean await(int look) throws InterruptedException {
        return running.await(look < SHORT_LOOKS ? SHORT_MILLIS : LONG_MILLIS, TimeUnit.MILLISECONDS);
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
