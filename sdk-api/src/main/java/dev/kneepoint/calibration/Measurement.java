package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * One published, measured configuration: a row of a measurements file. Immutable.
 *
 * @param id unique id
 * @param source where it was published, as it stands
 * @param columns all cells by column; blank where unknown
 */
public record Measurement(String id, String source, Map<String, String> columns) {
    private static final List<String> FAMILY_ENDS = List.of("(v2", "(2", " Table");
    private static final int FAMILY_LENGTH = 40;

    /** Copies the cells. */
    public Measurement {
        columns = ImmutableMap.copyOf(columns);
    }

    /**
     * The family that the source belongs to: its name up to a version, a year or a table, at most 40 characters.
     * Releases of one source count together.
     *
     * @return the family's name
     */
    public String family() {
        String name = source;
        for (String end : FAMILY_ENDS) {
            int at = name.indexOf(end);
            name = at < 0 ? name : name.substring(0, at);
        }
        String whole = name.strip();
        return whole.substring(0, Math.min(whole.length(), FAMILY_LENGTH));
    }

    /**
     * A cell as text.
     *
     * @param column the column
     * @return the cell, blank if there is none
     */
    public String text(String column) {
        return columns.getOrDefault(column, "");
    }

    /**
     * A cell as a number.
     *
     * @param column the column
     * @return the number, empty if the cell is blank or no finite number
     */
    public OptionalDouble number(String column) {
        try {
            double value = Double.parseDouble(text(column));
            return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    /**
     * A cell as a whole number of at least 1.
     *
     * @param column the column
     * @param otherwise what a blank, fractional or smaller cell counts as
     * @return the number
     */
    public int count(String column, int otherwise) {
        double value = number(column).orElse(otherwise);
        return value >= 1 && value == Math.rint(value) && value <= Integer.MAX_VALUE ? (int) value : otherwise;
    }

    /**
     * Whether a cell says {@code true}.
     *
     * @param column the column
     * @return true if so, in any case
     */
    public boolean flag(String column) {
        return text(column).equalsIgnoreCase("true");
    }
}
