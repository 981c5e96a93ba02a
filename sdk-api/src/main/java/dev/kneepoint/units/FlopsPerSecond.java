package dev.kneepoint.units;

/**
 * A rate of floating-point operations; a multiply-add counts as two.
 *
 * @param value the amount in floating-point operations per second; finite and at least 0
 */
public record FlopsPerSecond(double value) implements Comparable<FlopsPerSecond> {
    /** Checks the amount. */
    public FlopsPerSecond {
        Checks.notNegative("operations per second", value);
    }

    /**
     * A rate given in TFLOP/s (1e12 operations per second).
     *
     * @param teraflops 1e12 operations per second, at least 0
     * @return the rate
     */
    public static FlopsPerSecond tera(double teraflops) {
        return new FlopsPerSecond(teraflops * 1e12);
    }

    @Override
    public int compareTo(FlopsPerSecond other) {
        return Double.compare(value, other.value);
    }

    /** The amount for people, with an SI prefix, for example {@code 989 TFLOP/s}. */
    @Override
    public String toString() {
        return Quantity.si(value, "FLOP/s");
    }
}
