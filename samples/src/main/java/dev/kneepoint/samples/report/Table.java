package dev.kneepoint.samples.report;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * A table as the templates show it.
 *
 * @param head column heads
 * @param rows rows, each with one cell per column or a last cell that spans the rest
 */
record Table(List<Head> head, List<Row> rows) {
    Table {
        head = ImmutableList.copyOf(head);
        rows = ImmutableList.copyOf(rows);
    }

    /**
     * A column head.
     *
     * @param text name and unit
     * @param number whether its cells are numbers, which go to the right
     */
    record Head(String text, boolean number) {
        static Head text(String text) {
            return new Head(text, false);
        }

        static Head number(String text) {
            return new Head(text, true);
        }

        /** The style of the column's cells. */
        String css() {
            return number ? "num" : "txt";
        }
    }

    /**
     * A row; its first cell names it.
     *
     * @param name the first cell
     * @param cells the others
     * @param css style of the row
     */
    record Row(Cell name, List<Cell> cells, String css) {
        Row {
            cells = ImmutableList.copyOf(cells);
        }
    }

    /**
     * A cell.
     *
     * @param text what is shown
     * @param key what a sort compares
     * @param span columns
     * @param css style
     */
    record Cell(String text, String key, int span, String css) {
        static Cell text(String text) {
            return new Cell(text, text, 1, "txt");
        }

        static Cell number(String text, double value) {
            return new Cell(text, Double.toString(value), 1, "num");
        }

        static Cell unknown() {
            return new Cell(Figures.UNKNOWN, "", 1, "num");
        }

        /** Whether it spans more than its column. */
        boolean spans() {
            return span > 1;
        }

        static Cell across(String text, int span) {
            return new Cell(text, "", span, "txt");
        }
    }
}
