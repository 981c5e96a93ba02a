package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import java.util.Random;

/**
 * What ranks send in a checked call, and what each must receive. Values are whole numbers, and so small that every partial sum
 * in any order is exact in each {@link ElementType}: a single wrong bit is a wrong element. They repeat only after
 * {@value #PERIOD} elements, and differ between ranks and places, so that a part that is missing, or lies elsewhere, shows.
 * Immutable.
 *
 * @since 0.2
 */
@Incubating
public final class TransferPattern {
    /** Elements after which what a rank sends repeats: a prime, so that no power of two is a multiple. */
    public static final int PERIOD = 7919;

    /** What is in a receiving buffer before: no element may be like this. */
    public static final float NOTHING = -1;

    /** How far the values of a rank are moved against those of the rank before. */
    private static final int SHIFT = 1009;

    /** Whole numbers up to this one are exact in BF16, and so in all types. */
    private static final int LARGEST = 256;

    private static final long SEED = 20_241_118;

    private final TransferKind kind;
    private final long count;
    private final int ranks;
    private final float[] values;
    private final float[] sums;

    /**
     * The pattern of a call.
     *
     * @param call the call
     */
    public TransferPattern(TransferCall call) {
        kind = call.kind();
        count = call.count();
        ranks = call.ranks();
        values = values(kind.sums() ? ranks : 1);
        sums = kind.sums() ? sums(values, ranks) : values;
    }

    private static float[] values(int summands) {
        Random random = new Random(SEED);
        float[] out = new float[PERIOD];
        for (int i = 0; i < PERIOD; i++) {
            // Of more summands than that, so many are 0 that sums stay far below the limit.
            out[i] = summands <= LARGEST
                    ? random.nextInt(LARGEST / summands + 1)
                    : random.nextDouble() < LARGEST / 2.0 / summands ? 1 : 0;
        }
        return out;
    }

    private static float[] sums(float[] values, int ranks) {
        float[] out = new float[PERIOD];
        for (int i = 0; i < PERIOD; i++) {
            for (int rank = 0; rank < ranks; rank++) {
                out[i] += values[at(rank, i)];
            }
        }
        return out;
    }

    private static int at(int rank, long position) {
        return (int) ((position + (long) SHIFT * rank) % PERIOD);
    }

    /**
     * What a rank sends.
     *
     * @param rank from 0
     * @param from position of the first element in the rank's sending buffer
     * @param into takes the elements
     * @param at where the first one goes
     * @param length how many
     */
    public void send(int rank, long from, float[] into, int at, int length) {
        int place = at(rank, from);
        for (int i = 0; i < length; i++) {
            into[at + i] = values[place];
            place = place + 1 == PERIOD ? 0 : place + 1;
        }
    }

    /**
     * What a rank must receive.
     *
     * @param rank from 0
     * @param position in the rank's receiving buffer
     * @return the right value
     */
    public float expected(int rank, long position) {
        return switch (kind) {
            case ALL_REDUCE -> sums[at(0, position)];
            case REDUCE_SCATTER -> sums[at(0, rank * count + position)];
            case ALL_GATHER -> values[at((int) (position / count), position % count)];
            case ALL_TO_ALL -> values[at((int) (position / count), rank * count + position % count)];
            case BROADCAST -> values[at(0, position)];
            case SEND_RECEIVE -> values[at((rank + ranks - 1) % ranks, position)];
        };
    }

    /**
     * Counts what is not as it must be.
     *
     * @param rank from 0
     * @param from position of the first element in the rank's receiving buffer
     * @param received holds what is there
     * @param at where the first element lies
     * @param length how many
     * @return wrong elements
     */
    public long wrong(int rank, long from, float[] received, int at, int length) {
        long wrong = 0;
        for (int i = 0; i < length; i++) {
            if (received[at + i] != expected(rank, from + i)) {
                wrong++;
            }
        }
        return wrong;
    }
}
