package dev.kneepoint.profile;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * Time of one collective over one shape of group, as measured: {@code alpha + W / B} for W bus bytes. It is what the curves of
 * device and network were fitted beside; they, which hold for every shape, are what predictions take. Immutable.
 *
 * @param collective for example {@code all-gather}, or {@code send-receive}
 * @param ranks of the group, at least 2
 * @param nodes hosts that it spans, 1 to {@code ranks}
 * @param alphaMicros time of a call however small, microseconds
 * @param busGbS bus bandwidth that large calls approach, 10^9 bytes per second
 * @param rows measured sizes that it was fitted to, at least 2
 * @param medianError median of |fitted/measured - 1| over them
 * @since 0.2
 */
@Incubating
public record GroupTime(
        String collective, int ranks, int nodes, double alphaMicros, double busGbS, int rows, double medianError) {
    private static final int MOST = 1 << 20;

    /** Checks the ranges. */
    public GroupTime {
        Checks.notBlank("collective", collective);
        Checks.range("ranks", ranks, 2, MOST);
        Checks.range("nodes", nodes, 1, ranks);
        Checks.notNegative("alphaMicros", alphaMicros);
        Checks.positive("busGbS", busGbS);
        Checks.range("rows", rows, 2, Integer.MAX_VALUE);
        Checks.notNegative("medianError", medianError);
    }

    /**
     * Time of a call.
     *
     * @param busBytes bus bytes, at least 0
     * @return seconds
     */
    public double seconds(double busBytes) {
        return alphaMicros * 1e-6 + busBytes / (busGbS * 1e9);
    }
}
