package dev.kneepoint.spi;

import java.util.Optional;

/** One rank of a run failed, and the run with it. */
public final class RankFailedException extends BackendException {
    private static final long serialVersionUID = 1L;

    private final int rank;
    private final String op;

    /**
     * A failure of a rank.
     *
     * @param rank the rank, from 0
     * @param op what it was doing: an op's name
     * @param what what went wrong, and what would be right
     */
    public RankFailedException(int rank, String op, String what) {
        super(message(rank, op, what));
        this.rank = rank;
        this.op = op;
    }

    /**
     * A failure of a rank with its cause.
     *
     * @param rank the rank, from 0
     * @param op what it was doing: an op's name
     * @param what what went wrong, and what would be right
     * @param cause the cause
     */
    public RankFailedException(int rank, String op, String what, Throwable cause) {
        super(message(rank, op, what), cause);
        this.rank = rank;
        this.op = op;
    }

    private static String message(int rank, String op, String what) {
        return "rank " + rank + ", "
                + Optional.of(op)
                        .filter(o -> !o.isEmpty())
                        .map(o -> "op '" + o + "'")
                        .orElse("between ops") + ": " + what;
    }

    /**
     * The rank that failed.
     *
     * @return from 0
     */
    public int rank() {
        return rank;
    }

    /**
     * The op that it was at.
     *
     * @return its name in the plan; empty if it was between ops
     */
    public String op() {
        return op;
    }
}
