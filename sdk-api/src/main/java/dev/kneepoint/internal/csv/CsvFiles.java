package dev.kneepoint.internal.csv;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads CSV files (RFC 4180, UTF-8) with a header line. */
public final class CsvFiles {
    private static final long MAX_BYTES = 100L << 20;

    private CsvFiles() {}

    /**
     * Reads all rows.
     *
     * @param file the file
     * @param required columns that must be there
     * @return rows as column to cell, in file order; missing trailing cells are blank
     * @throws IllegalArgumentException if the file is missing, too large, malformed or lacks a column
     */
    public static List<Map<String, String>> read(Path file, List<String> required) {
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
        } catch (IOException | RuntimeJsonMappingException e) {
            throw new IllegalArgumentException(file + ": cannot be read as CSV: " + firstLine(e), e);
        }
    }

    private static List<Map<String, String>> rows(Path file, Reader in, List<String> required) throws IOException {
        CsvMapper mapper =
                CsvMapper.builder().enable(CsvParser.Feature.WRAP_AS_ARRAY).build();
        try (MappingIterator<String[]> lines = mapper.readerFor(String[].class).readValues(in)) {
            if (!lines.hasNext()) {
                throw new IllegalArgumentException(file + ": is empty; the first line must name the columns");
            }
            List<String> header = List.of(lines.next());
            for (String column : required) {
                if (!header.contains(column)) {
                    throw new IllegalArgumentException(
                            file + ", line 1: the column '" + column + "' is missing; there are " + header);
                }
            }
            List<Map<String, String>> out = new ArrayList<>();
            while (lines.hasNext()) {
                String[] cells = lines.next();
                boolean blank = cells.length == 1 && cells[0].isBlank();
                if (!blank) {
                    out.add(row(file, header, cells, out.size() + 2));
                }
            }
            return out;
        }
    }

    private static Map<String, String> row(Path file, List<String> header, String[] cells, int number) {
        if (cells.length > header.size()) {
            throw new IllegalArgumentException(file + ", row " + number + ": has " + cells.length
                    + " cells, but the header names " + header.size());
        }
        Map<String, String> row = new LinkedHashMap<>();
        for (int i = 0; i < header.size(); i++) {
            row.put(header.get(i), i < cells.length ? cells[i].strip() : "");
        }
        return row;
    }

    private static String firstLine(Exception e) {
        String text = String.valueOf(e.getMessage());
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }
}
