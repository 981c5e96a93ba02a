package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.csv.CsvFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One measured matrix product or attention core as its source states it.
 *
 * @param operation {@code gemm}, {@code attention} or another
 * @param device accelerator
 * @param precision operand type
 * @param count products in one kernel, or sequences of an attention
 * @param m rows of a product
 * @param n columns of a product
 * @param k reduction length of a product
 * @param sequenceLength tokens of an attention's sequence
 * @param headSize size of an attention's head
 * @param variant pass and masking of an attention, for example {@code fwd+bwd causal}
 * @param library the library that ran it
 * @param quality A (printed), B (read off a chart, or a table without the raw run) or C
 * @param teraflops achieved rate, TFLOP/s; 0 if the source gives none
 * @param seconds time of one kernel; 0 if the source gives none
 * @param source where it was published
 * @since 0.1
 */
@Incubating
public record GemmSample(
        String operation,
        String device,
        String precision,
        double count,
        double m,
        double n,
        double k,
        double sequenceLength,
        double headSize,
        String variant,
        String library,
        String quality,
        double teraflops,
        double seconds,
        String source) {
    private static final List<String> REQUIRED =
            List.of("op", "device", "dtype", "batch", "m", "n", "k", "impl", "tflops", "time_us", "quality", "source");

    /**
     * Reads all rows of a file.
     *
     * @param file a CSV file with the columns of {@code docs/formats.md}
     * @return the rows in file order
     * @throws IllegalArgumentException if the file is missing, malformed, or lacks a column
     */
    public static List<GemmSample> read(Path file) {
        return CsvFiles.read(file, REQUIRED).stream().map(GemmSample::of).toList();
    }

    private static GemmSample of(Map<String, String> row) {
        Cells cells = new Cells(row);
        String causal = cells.number("causal") == 1 ? " causal" : "";
        return new GemmSample(
                cells.text("op"),
                cells.text("device"),
                cells.text("dtype"),
                Math.max(1, cells.number("batch")),
                cells.number("m"),
                cells.number("n"),
                cells.number("k"),
                cells.number("seq_len"),
                cells.number("head_dim"),
                cells.text("pass") + causal,
                cells.text("impl"),
                cells.text("quality"),
                cells.number("tflops"),
                cells.number("time_us") * 1e-6,
                cells.text("source"));
    }
}
