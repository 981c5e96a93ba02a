package dev.kneepoint.samples.report;

import dev.kneepoint.units.Quantity;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Numbers as a reader sees them. */
final class Figures {
    /** Shown where a figure is unknown; an unknown is never shown as zero. */
    static final String UNKNOWN = "–";

    private Figures() {}

    static String whole(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    static String si(double value, String unit) {
        return Quantity.si(value, unit).strip();
    }

    static String percent(double fraction) {
        return Quantity.percent(fraction);
    }

    static String dollars(double value) {
        return "$" + (value >= 1 ? String.format(Locale.ROOT, "%,.2f", value) : threeDigits(value));
    }

    /** Three significant digits, whole numbers in full. */
    static String threeDigits(double value) {
        if (value == 0) {
            return "0";
        }
        if (Math.abs(value) >= 1000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return new BigDecimal(value)
                .round(new MathContext(3))
                .stripTrailingZeros()
                .toPlainString();
    }

    static String devices(int count) {
        return whole(count) + (count == 1 ? " device" : " devices");
    }

    /** For example {@code 8 to 2,048 devices}, or a list if it is short. */
    static String sizes(List<Integer> sizes) {
        if (sizes.size() <= 4) {
            return sizes.stream().map(Figures::whole).collect(Collectors.joining(", "))
                    + (sizes.equals(List.of(1)) ? " device" : " devices");
        }
        return range(sizes);
    }

    /** For example {@code 8 to 2,048 devices}, however few lie between. */
    static String range(List<Integer> sizes) {
        return whole(sizes.getFirst()) + " to " + whole(sizes.getLast()) + " devices";
    }
}
