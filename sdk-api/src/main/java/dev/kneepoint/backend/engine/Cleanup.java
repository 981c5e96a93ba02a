package dev.kneepoint.backend.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes things down: each step is tried whatever became of those before it, and closing throws the first failure with the
 * others suppressed. Confined to one thread.
 */
public final class Cleanup implements AutoCloseable {
    private final List<Runnable> last = new ArrayList<>();
    private @Nullable Throwable failure;

    /** Nothing to do yet. */
    public Cleanup() {}

    /**
     * Does something now.
     *
     * @param step may fail
     */
    public void then(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            if (failure == null) {
                failure = e;
            } else {
                failure.addSuppressed(e);
            }
        }
    }

    /**
     * Does something when it is closed, in the order of these calls.
     *
     * @param step may fail
     */
    public void atLast(Runnable step) {
        last.add(step);
    }

    @Override
    public void close() {
        last.forEach(this::then);
        last.clear();
        Throwable first = failure;
        failure = null;
        if (first instanceof Error e) {
            throw e;
        }
        if (first instanceof RuntimeException e) {
            throw e;
        }
    }
}
