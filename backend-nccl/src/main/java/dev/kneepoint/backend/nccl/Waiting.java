package dev.kneepoint.backend.nccl;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for other threads. */
final class Waiting {
    private Waiting() {}

    /**
     * Waits for a value.
     *
     * @return empty if it did not come in time
     * @throws RendezvousException if it will never come, or if this thread is interrupted, which stays so
     */
    static <T> Optional<T> get(Future<T> future, Duration deadline) {
        try {
            return Optional.of(future.get(deadline.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RendezvousException("interrupted while waiting for other processes", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RendezvousException failed) {
                throw new RendezvousException(String.valueOf(failed.getMessage()), failed);
            }
            throw new IllegalStateException("waiting for other processes failed", e.getCause());
        }
    }

    /** Waits for something to be done, whatever comes of it; an interrupt ends the waiting and stays. */
    static void forEnd(Future<?> future, Duration deadline) {
        try {
            future.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Nothing depends on it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
