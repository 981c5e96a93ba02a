package dev.kneepoint.samples.cli;

/** Numbers of the command line that have to be above 0 and finite. */
final class AboveZero {
    private AboveZero() {}

    /** Checks one; {@code what} says what the option takes, for example {@code seconds}. */
    static double check(String option, String what, double value) {
        if (value > 0 && value < Double.POSITIVE_INFINITY) {
            return value;
        }
        throw new IllegalArgumentException(option + " takes " + what + ", not " + plain(value));
    }

    /** As people write it: whole numbers without a point. */
    static String plain(double value) {
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
        return whole ? Long.toString((long) value) : Double.toString(value);
    }
}
