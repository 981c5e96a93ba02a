package dev.kneepoint.spi;

import java.util.concurrent.atomic.AtomicBoolean;

/** Asks running work to stop. Thread-safe; once cancelled, always cancelled. */
public sealed interface CancellationToken {
    /**
     * A token that can be cancelled.
     *
     * @return a new token
     */
    static CancellationToken create() {
        return new Cancellable();
    }

    /**
     * A token that nobody cancels.
     *
     * @return the token
     */
    static CancellationToken none() {
        return Never.INSTANCE;
    }

    /**
     * Whether work should stop.
     *
     * @return true once cancelled
     */
    boolean isCancelled();

    /** Asks to stop; without effect on {@link #none()}. */
    void cancel();

    /**
     * Throws if cancelled.
     *
     * @param doing what is being done, for the message
     * @throws ExecutionCancelledException if cancelled
     */
    default void throwIfCancelled(String doing) {
        if (isCancelled()) {
            throw new ExecutionCancelledException("cancelled while " + doing);
        }
    }

    /** Hidden implementation. */
    final class Cancellable implements CancellationToken {
        private final AtomicBoolean cancelled = new AtomicBoolean();

        private Cancellable() {}

        @Override
        public boolean isCancelled() {
            return cancelled.get();
        }

        @Override
        public void cancel() {
            cancelled.set(true);
        }
    }

    /** Hidden implementation. */
    enum Never implements CancellationToken {
        /** The only one. */
        INSTANCE;

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void cancel() {}
    }
}
