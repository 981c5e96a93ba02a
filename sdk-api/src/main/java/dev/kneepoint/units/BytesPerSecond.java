package dev.kneepoint.units;

/**
 * A data rate, per direction unless said otherwise. SI prefixes: 1 GB/s is 1e9 bytes per second.
 *
 * @param value the amount in bytes per second; finite and at least 0
 */
public record BytesPerSecond(double value) implements Comparable<BytesPerSecond> {
    /** Checks the amount. */
    public BytesPerSecond {
        Checks.notNegative("bytes per second", value);
    }

    /**
     * A rate given in gigabytes (1e9 bytes) per second.
     *
     * @param gigabytes 1e9 bytes per second, at least 0
     * @return the rate
     */
    public static BytesPerSecond gb(double gigabytes) {
        return new BytesPerSecond(gigabytes * 1e9);
    }

    /**
     * A network rate given in gigabits (1e9 bits) per second.
     *
     * @param gigabits 1e9 bits per second, at least 0
     * @return the rate
     */
    public static BytesPerSecond gbit(double gigabits) {
        return new BytesPerSecond(gigabits * 1e9 / 8);
    }

    @Override
    public int compareTo(BytesPerSecond other) {
        return Double.compare(value, other.value);
    }

    /** The amount for people, with an SI prefix, for example {@code 450 GB/s}. */
    @Override
    public String toString() {
        return Quantity.si(value, "B/s");
    }
}
