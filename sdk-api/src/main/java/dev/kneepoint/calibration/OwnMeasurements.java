package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.csv.CsvFiles;
import dev.kneepoint.internal.csv.CsvLine;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.ParallelismStrategy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A user's own measured steps, read from a CSV file such as training logs give: a column for the devices and one for the
 * step time or the throughput, its unit in its name; whatever else a run differs in has a column or is as the defaults
 * say. {@code docs/formats.md} lists the columns and their other names.
 *
 * @param points in file order
 * @param ignored headers that mean nothing to us
 */
@Incubating
public record OwnMeasurements(List<MeasuredPoint> points, List<String> ignored) {
    private static final List<OwnColumn> TIMES = List.of(
            OwnColumn.STEP_SECONDS,
            OwnColumn.STEP_MILLIS,
            OwnColumn.TOKENS_PER_SECOND_PER_DEVICE,
            OwnColumn.TOKENS_PER_SECOND);

    /** Copies the lists. */
    public OwnMeasurements {
        points = ImmutableList.copyOf(points);
        ignored = ImmutableList.copyOf(ignored);
    }

    /**
     * What holds for runs whose row does not say otherwise.
     *
     * @param scenario what runs on what; its global batch does not count
     * @param strategy how
     * @param globalBatch sequences per step
     * @param localBatch sequences per device and step, where there is no global batch
     */
    public record Defaults(
            Scenario scenario, ParallelismStrategy strategy, OptionalInt globalBatch, OptionalInt localBatch) {}

    /**
     * Reads a file.
     *
     * @param file a CSV file with a header
     * @param defaults what its rows do not say
     * @return the points
     * @throws IllegalArgumentException if the file is missing or malformed, a column is missing, or a cell is wrong or
     *     describes no legal run: file, line and column are named
     */
    public static OwnMeasurements read(Path file, Defaults defaults) {
        List<CsvLine> lines = CsvFiles.readLines(file, List.of());
        if (lines.isEmpty()) {
            throw new IllegalArgumentException(file + ": has no rows; each is a measured run");
        }
        Set<String> headers = lines.get(0).cells().keySet();
        String where = file + ", line 1";
        Map<OwnColumn, String> columns = OwnColumn.match(headers, where);
        if (!columns.containsKey(OwnColumn.DEVICES)) {
            throw new IllegalArgumentException(
                    where + ": no column says how many devices; call it 'devices' or 'gpus'; there are " + headers);
        }
        OwnColumn time = TIMES.stream()
                .filter(columns::containsKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(where + ": no column says how long a step took; call it"
                        + " step_time_s, step_time_ms, tokens_per_s or tokens_per_s_per_gpu; there are " + headers));
        List<MeasuredPoint> points = new ArrayList<>();
        for (CsvLine line : lines) {
            OwnRow row = new OwnRow(file, line, columns, defaults);
            if (!row.isBlank(time)) {
                points.add(row.point(time));
            }
        }
        List<String> ignored =
                headers.stream().filter(h -> OwnColumn.of(h).isEmpty()).toList();
        return new OwnMeasurements(points, ignored);
    }
}
