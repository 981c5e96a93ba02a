package dev.kneepoint.calibration;

import dev.kneepoint.internal.csv.CsvFiles;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Rows of a validation whose predictions are given, not computed. */
public final class ScoredRows {
    private static final String DEFAULTS = "source=Somebody accelerator=H100-SXM5-80GB gpus=8 precision=bf16 model=7B"
            + " layers=32 hidden=4096 heads=32 seq_len=1000 global_batch=8 dp_kind=zero1 tp=1 pp=1";

    private static final ValidatedKind KIND = new ValidatedKind(
            "hopper",
            "none",
            "a-stack",
            "16-bit",
            "dense",
            "data",
            8,
            64,
            1e9,
            1e10,
            9,
            List.of("f"),
            0.1,
            0.2,
            0.3,
            0,
            0.2);

    private ScoredRows() {}

    /** {@code changes} are column=value. */
    public static ValidationRow row(String id, double measured, double predicted, String... changes) {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("id", id);
        columns.put("step_time_s", String.valueOf(measured));
        for (String pair : DEFAULTS.split(" ", -1)) {
            put(columns, pair);
        }
        Arrays.stream(changes).forEach(pair -> put(columns, pair));
        return row(columns, Optional.of(predicted));
    }

    private static void put(Map<String, String> columns, String pair) {
        columns.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }

    /** The rows of {@code scored.csv}. */
    static ValidationResult file() throws URISyntaxException {
        Path csv = Path.of(ScoredRows.class.getResource("scored.csv").toURI());
        return new ValidationResult(CsvFiles.read(csv, List.of("id", "predicted")).stream()
                .map(c -> row(
                        c,
                        Optional.of(c.getOrDefault("predicted", ""))
                                .filter(p -> !p.isEmpty())
                                .map(Double::valueOf)))
                .toList());
    }

    private static ValidationRow row(Map<String, String> columns, Optional<Double> predicted) {
        Measurement m = new Measurement(columns.getOrDefault("id", ""), columns.getOrDefault("source", ""), columns);
        Optional<MeasuredStep> measured = MeasuredStep.of(m, new Mapping.Skipped("not mapped"));
        Trust trust = new Trust(TrustLevel.INSIDE, "given", KIND, 1.5, true);
        return new ValidationRow(
                m,
                measured.map(MeasuredStep::seconds),
                measured.map(MeasuredStep::from),
                predicted.map(p -> Prediction.of(p, trust)),
                Optional.empty(),
                measured.map(s -> s.seconds() / 2),
                predicted.isPresent() ? Optional.empty() : Optional.of("no prediction"),
                "a-stack",
                m.text("accelerator"),
                java.util.OptionalInt.empty());
    }
}
