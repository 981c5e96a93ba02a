package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;

/**
 * One size of one collective. Immutable.
 *
 * @param kind what was called
 * @param bytes size as nccl-tests prints it: the larger of what a rank sends and receives
 * @param count elements of the call, as {@link TransferKind} counts
 * @param outOfPlace with a buffer to send and one to receive
 * @param inPlace with one buffer
 * @since 0.2
 */
@Incubating
public record SweepRow(TransferKind kind, long bytes, long count, TransferTiming outOfPlace, TransferTiming inPlace) {
    /** Checks the ranges. */
    public SweepRow {
        if (bytes < 1 || count < 1) {
            throw new IllegalArgumentException("size and count must be at least 1, not " + bytes + " and " + count);
        }
    }

    /**
     * Algorithm bandwidth.
     *
     * @param measured one of the row's timings
     * @return bytes of the size by seconds of a call, 10^9 bytes per second
     */
    public double algorithmGbS(TransferTiming.Measured measured) {
        return bytes / measured.seconds() / 1e9;
    }

    /**
     * Bus bandwidth (nccl-tests, PERFORMANCE.md).
     *
     * @param measured one of the row's timings
     * @param ranks of the group
     * @return algorithm bandwidth times the kind's factor, 10^9 bytes per second
     */
    public double busGbS(TransferTiming.Measured measured, int ranks) {
        return algorithmGbS(measured) * kind.busFactor(ranks);
    }
}
