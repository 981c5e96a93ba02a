package dev.kneepoint.units;

/**
 * A number of bytes, for example of memory or of a message.
 *
 * @param value the number of bytes, at least 0
 */
public record Bytes(long value) implements Comparable<Bytes> {
    /** Checks the number. */
    public Bytes {
        if (value < 0) {
            throw new IllegalArgumentException("bytes must be at least 0, not " + value);
        }
    }

    /**
     * Bytes from gigabytes of 1e9 bytes, the unit of data sheets.
     *
     * @param gigabytes 1e9 bytes each, at least 0
     * @return the number of bytes, rounded
     */
    public static Bytes gb(double gigabytes) {
        return of(gigabytes * 1e9);
    }

    /**
     * Bytes from gibibytes of 2^30 bytes.
     *
     * @param gibibytes 2^30 bytes each, at least 0
     * @return the number of bytes, rounded
     */
    public static Bytes gib(double gibibytes) {
        return of(gibibytes * (1L << 30));
    }

    /**
     * Bytes from a computed number.
     *
     * @param bytes the number, at least 0; fractions are rounded to the nearest byte
     * @return the number of bytes
     * @throws IllegalArgumentException if it is negative, not a number, or beyond 2^63
     */
    public static Bytes of(double bytes) {
        Checks.notNegative("bytes", bytes);
        if (bytes >= 0x1p63) {
            throw new IllegalArgumentException("bytes must be below 2^63, not " + bytes);
        }
        return new Bytes(Math.round(bytes));
    }

    @Override
    public int compareTo(Bytes other) {
        return Long.compare(value, other.value);
    }

    /** The number for people in SI units, for example {@code 80 GB}. */
    @Override
    public String toString() {
        return Quantity.si(value, "B");
    }
}
