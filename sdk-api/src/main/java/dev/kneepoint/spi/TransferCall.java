package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * One transfer to time. Immutable.
 *
 * @param kind what is called
 * @param type of the elements
 * @param count of the call, as {@link TransferKind} counts, at least 1
 * @param ranks that take part, at least 1
 * @param inPlace whether a rank receives where it sends: its own part of the gathered whole for all-gather, its part of what
 *     it sends for reduce-scatter, the same buffer otherwise
 * @param warmup calls before the timed ones, at least 0
 * @param iterations timed calls, at least 1
 * @param reduction how elements become one, where {@link TransferKind#sums}
 * @param check whether one more call is checked element by element, on {@link TransferPattern}
 * @since 0.2
 */
@Incubating
public record TransferCall(
        TransferKind kind,
        ElementType type,
        long count,
        int ranks,
        boolean inPlace,
        int warmup,
        int iterations,
        ReductionOp reduction,
        boolean check) {
    private static final int MOST_RANKS = 1 << 20;
    private static final int MOST_CALLS = 1_000_000;

    /** Checks the ranges. */
    public TransferCall {
        if (count < 1) {
            throw new IllegalArgumentException("count must be at least 1, not " + count);
        }
        Checks.range("ranks", ranks, 1, MOST_RANKS);
        Checks.range("warmup", warmup, 0, MOST_CALLS);
        Checks.range("iterations", iterations, 1, MOST_CALLS);
    }

    /**
     * A transfer that sums where it reduces.
     *
     * @param kind what is called
     * @param type of the elements
     * @param count of the call
     * @param ranks that take part
     * @param inPlace whether a rank receives where it sends
     * @param warmup calls before the timed ones
     * @param iterations timed calls
     * @param check whether one more call is checked
     */
    public TransferCall(
            TransferKind kind,
            ElementType type,
            long count,
            int ranks,
            boolean inPlace,
            int warmup,
            int iterations,
            boolean check) {
        this(kind, type, count, ranks, inPlace, warmup, iterations, ReductionOp.SUM, check);
    }

    /**
     * Elements that a rank sends.
     *
     * @return at least 1
     */
    public long sent() {
        return kind.sent(count, ranks);
    }

    /**
     * Elements that a rank receives.
     *
     * @return at least 1
     */
    public long received() {
        return kind.received(count, ranks);
    }

    /**
     * Elements of the buffers that a rank needs.
     *
     * @return of both, or of the larger one in place
     */
    public long held() {
        return inPlace ? Math.max(sent(), received()) : Math.addExact(sent(), received());
    }

    /**
     * Whether there is a result to check.
     *
     * @return false if nobody asked, or none is defined
     */
    public boolean checked() {
        return check && (!inPlace || kind.definedInPlace());
    }

    /**
     * The size that is printed.
     *
     * @return bytes of the larger of what a rank sends and receives
     */
    public long bytes() {
        return Math.multiplyExact(Math.max(sent(), received()), type.bytes());
    }
}
