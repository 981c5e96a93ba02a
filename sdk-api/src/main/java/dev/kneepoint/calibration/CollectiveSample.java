package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.csv.CsvFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One measured collective as its source states it.
 *
 * @param collective the operation in nccl-tests' words, for example {@code all_reduce}
 * @param bytes message size as nccl-tests counts it; 0 if the source gives none
 * @param nodes nodes
 * @param ranks devices of the group
 * @param device accelerator
 * @param fabric links in the source's words
 * @param algorithm algorithm where the source forces or names one, else empty
 * @param kind how it was measured, for example {@code nccl-tests}
 * @param quality A (printed), B (read off a chart, or a table without the raw run) or C
 * @param seconds time of one call; 0 if the source gives none
 * @param source where it was published
 * @since 0.1
 */
@Incubating
public record CollectiveSample(
        String collective,
        double bytes,
        int nodes,
        int ranks,
        String device,
        String fabric,
        String algorithm,
        String kind,
        String quality,
        double seconds,
        String source) {
    private static final List<String> REQUIRED = List.of(
            "collective",
            "size_bytes",
            "nodes",
            "gpus",
            "gpu",
            "fabric",
            "algo",
            "time_us",
            "kind",
            "quality",
            "source");

    /**
     * Reads all rows of a file.
     *
     * @param file a CSV file with the columns of {@code docs/formats.md}
     * @return the rows in file order
     * @throws IllegalArgumentException if the file is missing, malformed, or lacks a column
     */
    public static List<CollectiveSample> read(Path file) {
        return CsvFiles.read(file, REQUIRED).stream().map(CollectiveSample::of).toList();
    }

    private static CollectiveSample of(Map<String, String> row) {
        Cells cells = new Cells(row);
        return new CollectiveSample(
                cells.text("collective"),
                cells.number("size_bytes"),
                (int) cells.number("nodes"),
                (int) cells.number("gpus"),
                cells.text("gpu"),
                cells.text("fabric"),
                cells.text("algo"),
                cells.text("kind"),
                cells.text("quality"),
                cells.number("time_us") * 1e-6,
                cells.text("source"));
    }
}
