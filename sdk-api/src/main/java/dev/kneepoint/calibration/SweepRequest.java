package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.units.Checks;
import java.util.List;

/**
 * What a sweep measures. Immutable.
 *
 * @param ranks of the group, at least 1
 * @param kinds what is called, each once, at least one
 * @param type of the elements
 * @param reduction how elements become one, where they do
 * @param sizes bytes of the buffers, ascending, at least one; where ranks have parts they are rounded down to whole parts of
 *     16 bytes, and left out if nothing remains
 * @param warmup calls before the timed ones, at least 0
 * @param iterations timed calls, at least 1
 * @param check whether results are checked
 * @param progress hears how far it has come
 * @param cancellation asks it to stop
 * @since 0.2
 */
@Incubating
public record SweepRequest(
        int ranks,
        List<TransferKind> kinds,
        ElementType type,
        ReductionOp reduction,
        List<Long> sizes,
        int warmup,
        int iterations,
        boolean check,
        ProgressListener progress,
        CancellationToken cancellation) {
    private static final int MOST_RANKS = 1 << 20;
    private static final int MOST_CALLS = 1_000_000;
    private static final int MOST_SIZES = 10_000;

    /** Checks the ranges and copies the lists. */
    public SweepRequest {
        Checks.range("ranks", ranks, 1, MOST_RANKS);
        Checks.range("warmup", warmup, 0, MOST_CALLS);
        Checks.range("iterations", iterations, 1, MOST_CALLS);
        kinds = ImmutableList.copyOf(kinds);
        sizes = ImmutableList.copyOf(sizes);
        Checks.range("collectives", kinds.size(), 1, TransferKind.values().length);
        Checks.range("number of sizes", sizes.size(), 1, MOST_SIZES);
        for (int i = 0; i < sizes.size(); i++) {
            if (sizes.get(i) < 1 || (i > 0 && sizes.get(i) <= sizes.get(i - 1))) {
                throw new IllegalArgumentException("sizes must be at least 1 byte and ascending, not " + sizes);
            }
        }
    }

    /**
     * A request of sums.
     *
     * @param ranks of the group
     * @param kinds what is called
     * @param type of the elements
     * @param sizes bytes of the buffers
     * @param warmup calls before the timed ones
     * @param iterations timed calls
     * @param check whether results are checked
     * @param progress hears how far it has come
     * @param cancellation asks it to stop
     */
    public SweepRequest(
            int ranks,
            List<TransferKind> kinds,
            ElementType type,
            List<Long> sizes,
            int warmup,
            int iterations,
            boolean check,
            ProgressListener progress,
            CancellationToken cancellation) {
        this(ranks, kinds, type, ReductionOp.SUM, sizes, warmup, iterations, check, progress, cancellation);
    }

    /**
     * Sizes that grow by a factor.
     *
     * @param min first size, bytes, at least 1
     * @param max largest size, at least {@code min}
     * @param factor at least 2
     * @return the sizes
     */
    public static List<Long> byFactor(long min, long max, int factor) {
        checkLimits(min, max);
        Checks.range("factor", factor, 2, 1 << 20);
        ImmutableList.Builder<Long> out = ImmutableList.builder();
        for (long size = min; size <= max; size *= factor) {
            out.add(size);
            if (size > Long.MAX_VALUE / factor) {
                break;
            }
        }
        return out.build();
    }

    /**
     * Sizes that grow by as much each time.
     *
     * @param min first size, bytes, at least 1
     * @param max largest size, at least {@code min}
     * @param step bytes, at least 1
     * @return the sizes, at most 10,000
     */
    public static List<Long> byStep(long min, long max, long step) {
        checkLimits(min, max);
        if (step < 1 || (max - min) / step >= MOST_SIZES) {
            throw new IllegalArgumentException("step must be so many bytes that " + min + " to " + max + " are at most "
                    + MOST_SIZES + " sizes, not " + step);
        }
        ImmutableList.Builder<Long> out = ImmutableList.builder();
        for (long i = 0; i <= (max - min) / step; i++) {
            out.add(min + i * step);
        }
        return out.build();
    }

    private static void checkLimits(long min, long max) {
        if (min < 1 || max < min) {
            throw new IllegalArgumentException(
                    "sizes must go from at least 1 byte up, not from " + min + " to " + max + " bytes");
        }
    }
}
