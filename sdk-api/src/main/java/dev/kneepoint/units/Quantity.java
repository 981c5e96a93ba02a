package dev.kneepoint.units;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Formats quantities for people: three significant digits, SI or IEC prefixes, never localised. */
public final class Quantity {
    private static final String[] SI_LARGE = {"", "k", "M", "G", "T", "P", "E", "Z", "Y"};
    private static final String[] SI_SMALL = {"", "m", "µ", "n", "p"};
    private static final String[] IEC = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};

    private Quantity() {}

    /**
     * A number with an SI prefix (powers of 1,000).
     *
     * @param value any finite number
     * @param unit the unit without prefix, for example {@code B/s}
     * @return for example {@code 3.35 TB/s}
     */
    public static String si(double value, String unit) {
        double magnitude = Math.abs(value);
        int step = 0;
        if (magnitude >= 1) {
            while (Math.abs(rounded(magnitude)) >= 1000 && step < SI_LARGE.length - 1) {
                magnitude /= 1000;
                step++;
            }
            return digits(Math.copySign(magnitude, value)) + " " + SI_LARGE[step] + unit;
        }
        while (magnitude > 0 && rounded(magnitude) < 1 && step < SI_SMALL.length - 1) {
            magnitude *= 1000;
            step++;
        }
        return digits(Math.copySign(magnitude, value)) + " " + SI_SMALL[magnitude == 0 ? 0 : step] + unit;
    }

    /**
     * A number of bytes with an IEC prefix (powers of 1,024).
     *
     * @param bytes at least 0
     * @return for example {@code 74.5 GiB}
     */
    public static String iec(double bytes) {
        double magnitude = bytes;
        int step = 0;
        while (magnitude >= 1024 && step < IEC.length - 1) {
            magnitude /= 1024;
            step++;
        }
        return digits(magnitude) + " " + IEC[step] + "B";
    }

    /**
     * A fraction as a percentage with one decimal.
     *
     * @param fraction 1 means all of it
     * @return for example {@code 41.3 %}
     */
    public static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.1f %%", fraction * 100);
    }

    private static double rounded(double value) {
        return new BigDecimal(value).round(new MathContext(3)).doubleValue();
    }

    private static String digits(double value) {
        if (value == 0) {
            return "0";
        }
        BigDecimal shortened = new BigDecimal(value).round(new MathContext(3));
        return shortened.stripTrailingZeros().toPlainString();
    }
}
