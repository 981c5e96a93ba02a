package dev.kneepoint.cost;

import org.hipparchus.special.Erf;

/** Expected extremes of normal samples. */
public final class OrderStatistics {
    private static final double BLOM = 0.375;

    private OrderStatistics() {}

    /**
     * Expected maximum of independent standard normals (Blom's approximation, within 1 % from n = 2 on).
     *
     * @param n how many, at least 1
     * @return in standard deviations: 0 for one, 1.42 for 8, 3.24 for 1,024
     */
    public static double expectedMaximum(int n) {
        if (n <= 1) {
            return 0;
        }
        double p = (n - BLOM) / (n + 1 - 2 * BLOM);
        return Math.sqrt(2) * Erf.erfInv(2 * p - 1);
    }

    /**
     * How much slower than the mean the slowest of n devices is expected to be.
     *
     * @param spread relative standard deviation of device speeds
     * @param n devices
     * @return a factor of at least 1
     */
    public static double pace(double spread, int n) {
        return 1 + spread * expectedMaximum(n);
    }
}
