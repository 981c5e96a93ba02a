package dev.kneepoint.units;

/**
 * Electric power.
 *
 * @param value the amount in watts; finite and at least 0
 */
public record Watts(double value) implements Comparable<Watts> {
    /** Checks the amount. */
    public Watts {
        Checks.notNegative("watts", value);
    }

    @Override
    public int compareTo(Watts other) {
        return Double.compare(value, other.value);
    }

    /** The amount for people, with an SI prefix, for example {@code 700 W}. */
    @Override
    public String toString() {
        return Quantity.si(value, "W");
    }
}
