package dev.kneepoint.profile;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * Time of work that streams bytes, alone on a rank: {@code start + S / B}, where the rate B falls from {@code near} to
 * {@code far} as S grows past what a cache holds: {@code 1/B = 1/near + (1/far - 1/near) * S^2 / (S^2 + cache^2)}.
 * When n ranks of a node are busy, the whole takes {@code 1 + shared * (n - 1)} times as long, since they share cores, and
 * what goes past the cache {@code 1 + farShared * (n - 1)} times on top, since they share memory.
 *
 * @param startMicros cost of one op whatever its size, microseconds
 * @param nearGbS rate of small sizes, 10^9 bytes per second
 * @param farGbS rate of large sizes, 10^9 bytes per second
 * @param cacheMb size at which half of the way from one rate to the other is gone, 10^6 bytes
 * @param shared what one more busy rank of the node adds to its time, relative
 * @param farShared what one more busy rank takes off the far rate, relative
 * @since 0.2
 */
@Incubating
public record StreamCurve(
        double startMicros, double nearGbS, double farGbS, double cacheMb, double shared, double farShared) {
    private static final double MICRO = 1e-6;
    private static final double NANO = 1e-9;
    private static final double MEGA = 1e6;

    /** Checks the ranges. */
    public StreamCurve {
        Checks.notNegative("startMicros", startMicros);
        Checks.positive("nearGbS", nearGbS);
        Checks.positive("farGbS", farGbS);
        Checks.positive("cacheMb", cacheMb);
        Checks.notNegative("shared", shared);
        Checks.notNegative("farShared", farShared);
    }

    /**
     * Time of one op.
     *
     * @param bytes bytes that it moves, at least 0
     * @param busy ranks of the node that are busy at once, at least 1
     * @return seconds
     */
    public double seconds(double bytes, double busy) {
        double cache = cacheMb * MEGA;
        double beyond = bytes * bytes / (bytes * bytes + cache * cache);
        double perByte = NANO * (1 / nearGbS + ((1 + farShared * (busy - 1)) / farGbS - 1 / nearGbS) * beyond);
        return (startMicros * MICRO + bytes * perByte) * (1 + shared * (busy - 1));
    }
}
