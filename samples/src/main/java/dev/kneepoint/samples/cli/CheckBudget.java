package dev.kneepoint.samples.cli;

import com.google.common.base.Ticker;
import java.time.Duration;

/**
 * How long a check may still take. Immutable.
 *
 * @param clock that of the instants
 * @param endNanos instant at which all must be over
 */
record CheckBudget(Ticker clock, long endNanos) {
    /** From now. */
    static CheckBudget of(Duration all, Ticker clock) {
        return new CheckBudget(clock, clock.read() + all.toNanos());
    }

    /** What is left; zero once it is used up. */
    Duration left() {
        return Duration.ofNanos(Math.max(0, endNanos - clock.read()));
    }

    /** A part of what is left. */
    Duration share(double fraction) {
        return Duration.ofNanos(Math.round(left().toNanos() * fraction));
    }

    /** The same, but no more than a part needs. */
    Duration share(double fraction, Duration most) {
        Duration share = share(fraction);
        return share.compareTo(most) < 0 ? share : most;
    }
}
