package dev.kneepoint.backend.nccl;

import java.time.Duration;

/** Looks again and again, at first often and then more rarely, until a deadline. Confined to one thread. */
final class Polling {
    private static final long FIRST_MILLIS = 10;
    private static final long LAST_MILLIS = 200;

    private final long end;
    private long pause = FIRST_MILLIS;

    Polling(Duration deadline) {
        end = System.nanoTime() + deadline.toNanos();
    }

    /**
     * Waits a little.
     *
     * @return false if the deadline has passed
     * @throws RendezvousException if interrupted, which stays so
     */
    boolean again() {
        if (System.nanoTime() - end >= 0) {
            return false;
        }
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RendezvousException("interrupted while waiting for other processes", e);
        }
        pause = Math.min(LAST_MILLIS, 2 * pause);
        return true;
    }
}
