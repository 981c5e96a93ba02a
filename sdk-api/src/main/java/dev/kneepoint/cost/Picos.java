package dev.kneepoint.cost;

/** Times as whole picoseconds. */
final class Picos {
    private static final double HALF = 0.5;

    private Picos() {}

    /**
     * Rounds a time by a plain cast: {@link Math#round} changes the processor's rounding mode and back.
     *
     * @param picos picoseconds, at least 0
     * @return the nearest whole number
     */
    static long round(double picos) {
        return (long) (picos + HALF);
    }
}
