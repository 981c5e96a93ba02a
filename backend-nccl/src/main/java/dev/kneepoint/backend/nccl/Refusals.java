package dev.kneepoint.backend.nccl;

import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * Logs who was sent away: the first few one by one, and of a flood only how large it was. Confined to one thread.
 */
final class Refusals {
    private static final int ONE_BY_ONE = 16;
    private static final long PAUSE_NANOS = Duration.ofSeconds(10).toNanos();

    private final System.Logger logger;
    private long logged;
    private long silent;
    private long last;

    Refusals(System.Logger logger) {
        this.logger = logger;
    }

    void add(Object from, String why, long now) {
        if (logged < ONE_BY_ONE) {
            logged++;
            last = now;
            logger.log(Level.WARNING, "refused a connection from {0}: {1}", from, why);
        } else {
            silent++;
        }
    }

    /** Logs, from time to time, what it has been silent about. */
    void tick(long now) {
        if (now - last > PAUSE_NANOS) {
            summarize(now);
        }
    }

    /** Logs what it has been silent about. */
    void summarize(long now) {
        if (silent > 0) {
            logger.log(Level.WARNING, "refused {0} more connections", silent);
            silent = 0;
            last = now;
        }
    }
}
