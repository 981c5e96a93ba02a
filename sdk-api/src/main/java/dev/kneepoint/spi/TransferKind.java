package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.json.Suggest;
import dev.kneepoint.plan.CollectiveKind;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a {@link CollectiveBench} times, with the counts of nccl-tests: a call has one {@code count}, from which follows what
 * a rank sends and receives, and the size that is printed is the larger of the two.
 *
 * @since 0.2
 */
@Incubating
public enum TransferKind {
    /** Every rank ends with the sum of all {@code count} elements. */
    ALL_REDUCE,
    /** Every rank sends {@code count} elements and ends with those of all ranks, in rank order. */
    ALL_GATHER,
    /** Every rank sends {@code count} elements for each rank; rank r ends with the sum of those for r. */
    REDUCE_SCATTER,
    /** Every rank sends {@code count} elements to each rank, itself included, and ends with what they sent it in rank order. */
    ALL_TO_ALL,
    /** Every rank ends with the {@code count} elements of rank 0. */
    BROADCAST,
    /** Every rank sends {@code count} elements to the next one, the last to the first. */
    SEND_RECEIVE;

    /** Parts of ranks are whole multiples of so many bytes. */
    private static final int GRAIN = 16;

    /**
     * The name in files and on the command line.
     *
     * @return lower-case name with dashes, for example {@code all-gather}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The kind of a name.
     *
     * @param text a label, in any case, with dashes or underscores
     * @return the kind
     * @throws IllegalArgumentException if there is none of that name
     */
    public static TransferKind parse(String text) {
        List<String> known = Arrays.stream(values()).map(TransferKind::label).toList();
        String label = text.toLowerCase(Locale.ROOT).replace('_', '-');
        int at = known.indexOf(label);
        if (at < 0) {
            throw new IllegalArgumentException("unknown collective '" + text + "'"
                    + Suggest.near(label, known)
                            .map(n -> "; did you mean '" + n + "'?")
                            .orElse("")
                    + "; known: " + String.join(", ", known));
        }
        return values()[at];
    }

    /**
     * The collective of plans that it is.
     *
     * @return empty for send and receive
     */
    public Optional<CollectiveKind> collective() {
        return switch (this) {
            case ALL_REDUCE -> Optional.of(CollectiveKind.ALL_REDUCE);
            case ALL_GATHER -> Optional.of(CollectiveKind.ALL_GATHER);
            case REDUCE_SCATTER -> Optional.of(CollectiveKind.REDUCE_SCATTER);
            case ALL_TO_ALL -> Optional.of(CollectiveKind.ALL_TO_ALL);
            case BROADCAST -> Optional.of(CollectiveKind.BROADCAST);
            case SEND_RECEIVE -> Optional.empty();
        };
    }

    /**
     * Whether elements are summed, not only moved.
     *
     * @return true for all-reduce and reduce-scatter
     */
    public boolean sums() {
        return this == ALL_REDUCE || this == REDUCE_SCATTER;
    }

    /**
     * Whether its result is defined where a rank receives into the buffer that it sends.
     *
     * @return false for all-to-all and send-receive, which are timed but not checked in place
     */
    public boolean definedInPlace() {
        return this != ALL_TO_ALL && this != SEND_RECEIVE;
    }

    /**
     * The count of a call whose buffers have at most so many bytes. Where ranks have parts, those are whole multiples of 16
     * bytes.
     *
     * @param bytes at least 0
     * @param type of the elements
     * @param ranks at least 1
     * @return at least 0
     */
    public long count(long bytes, ElementType type, int ranks) {
        long elements = bytes / type.bytes();
        return switch (this) {
            case ALL_REDUCE, BROADCAST, SEND_RECEIVE -> elements;
            case ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL -> {
                int grain = GRAIN / type.bytes();
                yield elements / ranks / grain * grain;
            }
        };
    }

    /**
     * Elements that a rank sends.
     *
     * @param count of the call
     * @param ranks of the group
     * @return elements
     */
    public long sent(long count, int ranks) {
        return switch (this) {
            case ALL_REDUCE, BROADCAST, SEND_RECEIVE, ALL_GATHER -> count;
            case REDUCE_SCATTER, ALL_TO_ALL -> Math.multiplyExact(count, ranks);
        };
    }

    /**
     * Elements that a rank receives.
     *
     * @param count of the call
     * @param ranks of the group
     * @return elements
     */
    public long received(long count, int ranks) {
        return switch (this) {
            case ALL_REDUCE, BROADCAST, SEND_RECEIVE, REDUCE_SCATTER -> count;
            case ALL_GATHER, ALL_TO_ALL -> Math.multiplyExact(count, ranks);
        };
    }

    /**
     * What the algorithm bandwidth (size by time) is multiplied by to get the bus bandwidth, which the ring of a group of any
     * size would reach alike (nccl-tests, PERFORMANCE.md).
     *
     * @param ranks of the group, at least 1
     * @return {@code 2(n-1)/n} for all-reduce, 1 for broadcast and send-receive, {@code (n-1)/n} otherwise
     */
    public double busFactor(int ranks) {
        return switch (this) {
            case ALL_REDUCE -> 2.0 * (ranks - 1) / ranks;
            case BROADCAST, SEND_RECEIVE -> 1;
            case ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL -> (ranks - 1.0) / ranks;
        };
    }
}
