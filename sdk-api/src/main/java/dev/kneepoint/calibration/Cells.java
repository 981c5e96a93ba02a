package dev.kneepoint.calibration;

import java.util.Map;

/**
 * The cells of one row.
 *
 * @param row column to cell
 */
record Cells(Map<String, String> row) {
    String text(String column) {
        return row.getOrDefault(column, "");
    }

    /** A number, 0 for an empty cell. */
    double number(String column) {
        String cell = text(column);
        try {
            return cell.isEmpty() ? 0 : Double.parseDouble(cell);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("column '" + column + "' holds '" + cell + "', which is no number", e);
        }
    }
}
