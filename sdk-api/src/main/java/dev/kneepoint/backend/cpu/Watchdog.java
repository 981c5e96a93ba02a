package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.RankFailedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why a run does not go on, by following who waits for whom. A wait that leads to a lane which has ended, or
 * back to itself, can never end; any other is given the time limit, since the rank at its end may only be slow. Used by
 * one thread.
 */
final class Watchdog {
    private final RunControl control;
    private final long limitNanos;
    private List<Lane.Wait> previous = List.of();

    Watchdog(RunControl control, long limitNanos) {
        this.control = control;
        this.limitNanos = limitNanos;
    }

    /** A wait that will not end, as a failure of the rank that causes it; to be called every few milliseconds. */
    Optional<BackendException> look() {
        for (Lane lane : control.lanes()) {
            Lane.Wait wait = lane.blocked();
            if (wait != null && System.nanoTime() - wait.since() > limitNanos) {
                return Optional.of(blame(lane, "did not arrive within " + limitNanos / 1_000_000 + " ms"));
            }
        }
        List<Lane.Wait> stuck = new ArrayList<>();
        Lane first = null;
        for (Lane lane : control.lanes()) {
            Lane.Wait wait = lane.blocked();
            if (wait != null && wait.rank() != Lane.ANYONE && neverEnds(lane)) {
                first = first == null ? lane : first;
                stuck.add(wait);
            }
        }
        // A chain is read while it changes; only one that two looks see unchanged is real.
        boolean real = first != null && stuck.equals(previous);
        previous = stuck;
        return real && first != null ? Optional.of(blame(first, "cannot arrive")) : Optional.empty();
    }

    /** Who holds the run up, in words, if anyone waits. */
    Optional<String> describe() {
        for (Lane lane : control.lanes()) {
            Lane.Wait wait = lane.blocked();
            if (wait != null) {
                return Optional.of(at(follow(lane)) + " holds up " + at(lane) + " (" + wait.what() + ")");
            }
        }
        return Optional.empty();
    }

    private static String at(Lane lane) {
        return lane + (lane.hasFinished() ? " at the end of its step" : " at '" + lane.op + "'");
    }

    private boolean neverEnds(Lane start) {
        Lane lane = start;
        for (int i = 0; i <= control.lanes().length; i++) {
            if (lane.hasFinished()) {
                return true;
            }
            Lane next = next(lane);
            if (next == null) {
                return false;
            }
            lane = next;
        }
        return true;
    }

    private BackendException blame(Lane waiting, String what) {
        Lane.Wait wait = waiting.blocked();
        Lane culprit = follow(waiting);
        String who = wait == null ? "" : "; " + at(waiting) + " waits (" + wait.what() + ")";
        String state = culprit.hasFinished() ? "ended its step without arriving" : what;
        return new RankFailedException(culprit.rank, culprit.op, state + who);
    }

    /** The lane at the end of the chain, or one of the circle. */
    private Lane follow(Lane start) {
        Lane lane = start.hasFinished() ? unfinished(start) : start;
        for (int i = 0; i < control.lanes().length && !lane.hasFinished(); i++) {
            Lane next = next(lane);
            if (next == null) {
                return lane;
            }
            lane = next;
        }
        return lane;
    }

    /** A rank that has not done its step, for one that has. */
    private Lane unfinished(Lane finished) {
        for (Lane lane : control.lanes()) {
            if (lane.stream == StreamKind.COMPUTE && !lane.hasFinished()) {
                return lane;
            }
        }
        return finished;
    }

    /** The lane that another one waits for: a stream without work waits for its rank's compute stream. */
    private @Nullable Lane next(Lane lane) {
        Lane.Wait wait = lane.blocked();
        if (wait != null) {
            // A lane may have finished since the caller asked; then it leads nowhere either.
            return wait.rank() == Lane.ANYONE ? null : control.lane(wait.rank(), wait.stream());
        }
        return lane.idle() ? control.lane(lane.rank, StreamKind.COMPUTE) : null;
    }
}
