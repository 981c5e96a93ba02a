package dev.kneepoint.calibration;

import dev.kneepoint.internal.csv.CsvFiles;
import java.nio.file.Path;
import java.util.List;

/** Reads measurement files; the columns are described in {@code docs/formats.md}. */
public final class Measurements {
    private static final List<String> REQUIRED = List.of(
            "id",
            "source",
            "accelerator",
            "gpus",
            "precision",
            "model",
            "layers",
            "hidden",
            "heads",
            "seq_len",
            "global_batch");

    private Measurements() {}

    /**
     * Reads all rows.
     *
     * @param file a CSV file
     * @return the rows in file order
     * @throws IllegalArgumentException if the file is missing, malformed, or lacks a column
     */
    public static List<Measurement> read(Path file) {
        return CsvFiles.read(file, REQUIRED).stream()
                .map(row -> new Measurement(row.getOrDefault("id", ""), row.getOrDefault("source", ""), row))
                .toList();
    }
}
