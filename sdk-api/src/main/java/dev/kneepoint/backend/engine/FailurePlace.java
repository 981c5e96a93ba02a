package dev.kneepoint.backend.engine;

import java.io.Serializable;
import java.util.Optional;
import java.util.OptionalInt;

/** Where in a run a call of a device's library failed. Immutable. */
public final class FailurePlace implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int NO_RANK = -1;

    /** Outside of a run, or not known yet. */
    public static final FailurePlace NOWHERE = new FailurePlace(NO_RANK, "", "");

    private final int rank;
    private final String op;
    private final String on;

    private FailurePlace(int rank, String op, String on) {
        this.rank = rank;
        this.op = op;
        this.on = on;
    }

    /**
     * An op of a rank.
     *
     * @param rank from 0
     * @param op its name in the plan; empty between ops
     * @param on the device or group, in words; empty if it belongs to none
     * @return the place
     */
    public static FailurePlace of(int rank, String op, String on) {
        return new FailurePlace(rank, op, on);
    }

    /**
     * Whether this is a place.
     *
     * @return false for {@link #NOWHERE}
     */
    public boolean isKnown() {
        return rank != NO_RANK;
    }

    /**
     * The rank.
     *
     * @return from 0; empty if the place is not known
     */
    public OptionalInt rank() {
        return isKnown() ? OptionalInt.of(rank) : OptionalInt.empty();
    }

    /**
     * The op.
     *
     * @return its name in the plan; empty between ops, or if the place is not known
     */
    public Optional<String> op() {
        return some(op);
    }

    /**
     * The device or group.
     *
     * @return in words; empty if the op belongs to none, or if the place is not known
     */
    public Optional<String> on() {
        return some(on);
    }

    private static Optional<String> some(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    /**
     * Says the place before what happened there.
     *
     * @param preposition what stands before the device or group, with its space
     * @param what what happened
     * @return the same if the place is not known
     */
    public String say(String preposition, String what) {
        return isKnown()
                ? "rank " + rank + ", " + op().map(o -> "op '" + o + "'").orElse("between ops")
                        + on().map(o -> ", " + preposition + o).orElse("") + ": " + what
                : what;
    }
}
