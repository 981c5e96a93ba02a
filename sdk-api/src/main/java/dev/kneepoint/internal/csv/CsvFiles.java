package dev.kneepoint.internal.csv;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads CSV files (RFC 4180, UTF-8) with a header line. */
public final class CsvFiles {
    private static final long MAX_BYTES = 100L << 20;
    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final CsvFactory FACTORY = new CsvFactory();

    private CsvFiles() {}

    /**
     * Reads all rows.
     *
     * @param file the file
     * @param required columns that must be there
     * @return rows as column to cell, in file order; blank lines are left out
     * @throws IllegalArgumentException if the file is missing, too large, malformed, lacks a column, or has a line of
     *     more or fewer cells than the header; file and line are named
     */
    public static List<Map<String, String>> read(Path file, List<String> required) {
        return readLines(file, required).stream().map(CsvLine::cells).toList();
    }

    /**
     * Reads all rows with their line numbers.
     *
     * @param file the file
     * @param required columns that must be there
     * @return rows in file order; blank lines are left out
     * @throws IllegalArgumentException as {@link #read}
     */
    public static List<CsvLine> readLines(Path file, List<String> required) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException(file + ": there is no such file");
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException(file + ": has over 100 MB; measurements are small tables");
            }
            try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                return rows(file, in, required);
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException(file + where(e) + ": is not CSV: " + e.getOriginalMessage(), e);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + ": is not UTF-8 text", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<CsvLine> rows(Path file, Reader in, List<String> required) throws IOException {
        try (CsvParser parser = FACTORY.createParser(in)) {
            List<String> header = cells(parser);
            if (header.isEmpty()) {
                throw new IllegalArgumentException(file + ": is empty; the first line must name the columns");
            }
            header.set(0, header.get(0).replace(BYTE_ORDER_MARK, ""));
            header.replaceAll(String::strip);
            checkHeader(file, header, required);
            List<CsvLine> out = new ArrayList<>();
            // Counted here, since the parser's own count leaves out line breaks inside quotes.
            long line = 2 + breaks(header);
            while (parser.nextToken() != null) {
                List<String> cells = cells(parser);
                boolean blank = cells.size() == 1 && cells.get(0).isBlank();
                if (!blank) {
                    out.add(new CsvLine(line, row(file, line, header, cells)));
                }
                line += 1 + breaks(cells);
            }
            return out;
        }
    }

    /** The cells of the line that the parser stands before or at the start of. */
    private static List<String> cells(CsvParser parser) throws IOException {
        List<String> cells = new ArrayList<>();
        if (parser.currentToken() == null && parser.nextToken() == null) {
            return cells;
        }
        while (parser.nextToken() == JsonToken.VALUE_STRING) {
            cells.add(parser.getText());
        }
        return cells;
    }

    private static long breaks(List<String> cells) {
        return cells.stream()
                .mapToLong(c -> c.chars().filter(x -> x == '\n').count())
                .sum();
    }

    private static void checkHeader(Path file, List<String> header, List<String> required) {
        for (String column : required) {
            if (!header.contains(column)) {
                throw new IllegalArgumentException(
                        file + ", line 1: the column '" + column + "' is missing; there are " + header);
            }
        }
        Set<String> seen = new HashSet<>();
        for (String column : header) {
            if (!seen.add(column)) {
                throw new IllegalArgumentException(file + ", line 1: names the column '" + column + "' twice");
            }
        }
    }

    private static Map<String, String> row(Path file, long line, List<String> header, List<String> cells) {
        if (cells.size() != header.size()) {
            throw new IllegalArgumentException(file + ", line " + line + ": has " + cells.size()
                    + " cells, but the header names " + header.size());
        }
        Map<String, String> row = new LinkedHashMap<>();
        for (int i = 0; i < header.size(); i++) {
            row.put(header.get(i), cells.get(i).strip());
        }
        return row;
    }

    private static String where(JacksonException e) {
        return e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
    }
}
