package dev.kneepoint.testkit;

import java.util.Arrays;
import java.util.Locale;

/**
 * Comparison with a double-precision reference. A result that took a chain of {@code n} roundings in single precision may
 * differ by {@code n * 2^-24} times the sum of the magnitudes that went into it (Higham, Accuracy and Stability of
 * Numerical Algorithms, 3.1); this holds for any order of summation and with fused multiply-adds.
 */
final class Close {
    /** Unit roundoff of single precision. */
    static final double UNIT = 0x1p-24;
    /** Below the smallest normal value, rounding errors are absolute. */
    private static final double TINY = Float.MIN_NORMAL;

    private Close() {}

    /**
     * Fails unless every element lies within its tolerance.
     *
     * @param what for the message
     * @param actual the backend's
     * @param expected the reference
     * @param magnitude of each element, the sum of magnitudes that went into it
     * @param roundings length of the longest chain of roundings
     */
    static void check(String what, float[] actual, double[] expected, double[] magnitude, double roundings) {
        if (actual.length != expected.length) {
            throw new AssertionError(what + ": " + actual.length + " elements, expected " + expected.length);
        }
        for (int i = 0; i < actual.length; i++) {
            double tolerance = roundings * UNIT * magnitude[i] + TINY;
            if (!(Math.abs(actual[i] - expected[i]) <= tolerance)) {
                throw new AssertionError(String.format(
                        Locale.ROOT,
                        "%s: element %d of %d is %s, expected %s within %.2g",
                        what,
                        i,
                        actual.length,
                        actual[i],
                        expected[i],
                        tolerance));
            }
        }
    }

    /** As {@link #check}, where the magnitude is that of the reference itself. */
    static void relative(String what, float[] actual, double[] expected, double roundings) {
        double[] magnitude = new double[expected.length];
        for (int i = 0; i < magnitude.length; i++) {
            magnitude[i] = Math.abs(expected[i]);
        }
        check(what, actual, expected, magnitude, roundings);
    }

    static void same(String what, float[] actual, float[] expected) {
        if (!Arrays.equals(actual, expected)) {
            throw new AssertionError(what + ": not the same bits");
        }
    }
}
