package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import java.util.Random;

/**
 * What ranks send in a checked call, and what each must receive. Values are whole numbers, and so small that every partial sum
 * or product in any order is exact in the call's {@link ElementType}: a single wrong bit is a wrong element. Only averages of
 * floating-point elements may differ by as many roundings as there are ranks, and one. Values repeat only after
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

    private static final long SEED = 20_241_118;

    private final TransferKind kind;
    private final long count;
    private final int ranks;
    private final float[] values;
    private final float[] right;
    private final double tolerance;

    /**
     * The pattern of a call.
     *
     * @param call the call
     */
    public TransferPattern(TransferCall call) {
        kind = call.kind();
        count = call.count();
        ranks = call.ranks();
        if (kind.sums()) {
            ReducedValues reduced = new ReducedValues(call, PERIOD, SHIFT, SEED);
            values = reduced.values();
            right = reduced.results();
            tolerance = reduced.tolerance();
        } else {
            values = values(ReducedValues.largest(call.type()));
            right = values;
            tolerance = 0;
        }
    }

    private static float[] values(int largest) {
        Random random = new Random(SEED);
        float[] out = new float[PERIOD];
        for (int i = 0; i < PERIOD; i++) {
            out[i] = random.nextInt(largest + 1);
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
        return right[place(rank, position)];
    }

    private int place(int rank, long position) {
        return switch (kind) {
            case ALL_REDUCE, BROADCAST -> at(0, position);
            case REDUCE_SCATTER -> at(0, rank * count + position);
            case ALL_GATHER -> at((int) (position / count), position % count);
            case ALL_TO_ALL -> at((int) (position / count), rank * count + position % count);
            case SEND_RECEIVE -> at((rank + ranks - 1) % ranks, position);
        };
    }

    /** Elements from a position on that come of one place after the other. */
    private long run(long position) {
        return kind == TransferKind.ALL_GATHER || kind == TransferKind.ALL_TO_ALL
                ? count - position % count
                : Long.MAX_VALUE;
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
        for (int done = 0; done < length; ) {
            int place = place(rank, from + done);
            int end = (int) Math.min(length, done + Math.min(run(from + done), length));
            for (; done < end; done++) {
                // Not the other way round: what is no number is wrong.
                if (!(Math.abs(received[at + done] - right[place]) <= tolerance * right[place])) {
                    wrong++;
                }
                place = place + 1 == PERIOD ? 0 : place + 1;
            }
        }
        return wrong;
    }
}
