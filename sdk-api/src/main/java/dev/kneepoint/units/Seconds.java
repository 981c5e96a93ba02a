package dev.kneepoint.units;

/**
 * A span of time.
 *
 * @param value the amount in seconds; finite and at least 0
 */
public record Seconds(double value) implements Comparable<Seconds> {
    /** Checks the amount. */
    public Seconds {
        Checks.notNegative("seconds", value);
    }

    /**
     * A span given in microseconds.
     *
     * @param micros microseconds, at least 0
     * @return the span
     */
    public static Seconds ofMicros(double micros) {
        return new Seconds(micros * 1e-6);
    }

    @Override
    public int compareTo(Seconds other) {
        return Double.compare(value, other.value);
    }

    /** The amount for people, with an SI prefix, for example {@code 1.2 ms}. */
    @Override
    public String toString() {
        return Quantity.si(value, "s");
    }
}
