package dev.kneepoint.calibration;

import java.util.Locale;
import java.util.regex.Pattern;

/** What a row says in words about the framework that it ran, in lower case. Immutable. */
final class Words {
    private final String text;

    private Words(String text) {
        this.text = text.toLowerCase(Locale.ROOT);
    }

    /** Of the source alone. */
    static Words source(Measurement m) {
        return new Words(m.source());
    }

    /** Of the source and of the place in it. */
    static Words place(Measurement m) {
        return new Words(m.source() + " " + m.text("row_ref"));
    }

    /** Of a column. */
    static Words column(Measurement m, String column) {
        return new Words(m.text(column));
    }

    /** Whether any of the parts occurs. */
    boolean say(String... parts) {
        for (String part : parts) {
            if (text.contains(part)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the pattern occurs. */
    boolean match(Pattern pattern) {
        return pattern.matcher(text).find();
    }
}
