package dev.kneepoint.units;

import java.util.Locale;

/** Argument checks whose messages say what is wrong and what would be right. */
public final class Checks {
    private Checks() {}

    /**
     * Requires a positive finite number.
     *
     * @param name what the number is, for the message
     * @param value the number
     * @return {@code value}
     * @throws IllegalArgumentException if it is not positive and finite
     */
    public static double positive(String name, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s must be a positive number, not %s", name, value));
        }
        return value;
    }

    /**
     * Requires a finite number of at least zero.
     *
     * @param name what the number is, for the message
     * @param value the number
     * @return {@code value}
     * @throws IllegalArgumentException if it is negative, infinite or not a number
     */
    public static double notNegative(String name, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s must be a number of at least 0, not %s", name, value));
        }
        return value;
    }

    /**
     * Requires an integer within bounds, both included.
     *
     * @param name what the number is, for the message
     * @param value the number
     * @param low smallest legal value
     * @param high largest legal value
     * @return {@code value}
     * @throws IllegalArgumentException if it is out of bounds
     */
    public static int range(String name, int value, int low, int high) {
        if (value < low || value > high) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s must be between %d and %d, not %d", name, low, high, value));
        }
        return value;
    }

    /**
     * Requires a fraction between a lower bound and one.
     *
     * @param name what the number is, for the message
     * @param value the number
     * @return {@code value}
     * @throws IllegalArgumentException if it is outside 0..1
     */
    public static double fraction(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s must be between 0 and 1, not %s", name, value));
        }
        return value;
    }

    /**
     * Requires a name that is not blank.
     *
     * @param name what the text is, for the message
     * @param value the text
     * @return {@code value}
     * @throws IllegalArgumentException if it is blank
     */
    public static String notBlank(String name, String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank");
        }
        return value;
    }
}
