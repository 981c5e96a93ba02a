package dev.kneepoint.internal.csv;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * A row of a CSV file.
 *
 * @param number line of the file that it begins on, from 1
 * @param cells column to cell, in the header's order
 */
public record CsvLine(long number, Map<String, String> cells) {
    /** Copies the cells. */
    public CsvLine {
        cells = ImmutableMap.copyOf(cells);
    }
}
