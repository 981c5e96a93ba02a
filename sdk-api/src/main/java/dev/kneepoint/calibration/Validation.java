package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.units.Checks;
import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.TrainingWorkload;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Predicts published measurements and says how far off it is, beside a null model that takes every run to
 * reach half of its device's peak. Predictions read neither what was measured nor the notes, so blanking those columns
 * changes no prediction. Runs that our memory estimate refuses are predicted all the same: they did run.
 */
public final class Validation {
    private static final double NULL_UTILIZATION = 0.5;

    private Validation() {}

    /**
     * Validates a file in closed form on the shipped profiles.
     *
     * @param csv the measurements
     * @param source only rows whose source contains this; empty for all
     * @param progress hears of progress
     * @param cancellation lets the host stop
     * @return all rows
     * @throws IllegalArgumentException if the file is malformed, or no source matches
     */
    public static ValidationResult run(
            Path csv, Optional<String> source, ProgressListener progress, CancellationToken cancellation) {
        return run(csv, source, Predictor.closedForm(), progress, cancellation);
    }

    /**
     * Validates a file.
     *
     * @param csv the measurements
     * @param source only rows whose source contains this; empty for all
     * @param predictor what is validated
     * @param progress hears of progress
     * @param cancellation lets the host stop
     * @return all rows
     * @throws IllegalArgumentException if the file is malformed, or no source matches
     */
    @Incubating
    public static ValidationResult run(
            Path csv,
            Optional<String> source,
            Predictor predictor,
            ProgressListener progress,
            CancellationToken cancellation) {
        List<Measurement> chosen = Measurements.read(csv).stream()
                .filter(m -> m.source().contains(source.orElse("")))
                .toList();
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException(csv + ": "
                    + source.map(s -> "no source contains '" + s + "'").orElse("has no rows"));
        }
        List<ValidationRow> rows = new ArrayList<>(chosen.size());
        for (Measurement m : chosen) {
            cancellation.throwIfCancelled("validating " + m.id());
            rows.add(row(m, predictor));
            progress.progressed(rows.size(), chosen.size(), m.source());
        }
        return new ValidationResult(rows);
    }

    /**
     * Validates predictions that are calibrated on the small runs of each family of sources.
     *
     * @param csv the measurements
     * @param source only rows whose source contains this; empty for all
     * @param profiles what is calibrated
     * @param fitUpTo most devices of a run that is calibrated on, at least 1
     * @param progress hears of progress
     * @param cancellation lets the host stop
     * @return all rows
     * @throws IllegalArgumentException if the file is malformed, or no source matches
     */
    @Incubating
    public static ValidationResult runCalibrated(
            Path csv,
            Optional<String> source,
            ProfileSet profiles,
            int fitUpTo,
            ProgressListener progress,
            CancellationToken cancellation) {
        Checks.range("the most devices to fit on", fitUpTo, 1, Integer.MAX_VALUE);
        Predictor plainly = Predictor.closedForm(profiles, ValidatedRange.shipped());
        ValidationResult plain = run(csv, source, plainly, progress, cancellation);
        Map<String, FamilyCalibration.Calibrated> calibrated =
                FamilyCalibration.predict(Measurements.read(csv), profiles, fitUpTo, cancellation);
        return new ValidationResult(plain.rows().stream()
                .map(r -> Optional.ofNullable(calibrated.get(r.id()))
                        .map(c -> r.predicted(c.seconds(), OptionalInt.of(c.calibratedOn())))
                        .orElse(r))
                .toList());
    }

    /**
     * Predicts one row in closed form on the shipped profiles.
     *
     * @param m the row
     * @return the row's result
     */
    public static ValidationRow row(Measurement m) {
        return row(m, Predictor.closedForm());
    }

    /**
     * Predicts one row.
     *
     * @param m the row
     * @param predictor what predicts
     * @return the row's result
     */
    @Incubating
    public static ValidationRow row(Measurement m, Predictor predictor) {
        Mapping mapping = MeasurementMapper.map(m);
        Optional<MeasuredStep> measured = MeasuredStep.of(m, mapping);
        Optional<Double> seconds = measured.map(MeasuredStep::seconds);
        Optional<String> from = measured.map(MeasuredStep::from);
        return switch (mapping) {
            case Mapping.Skipped s ->
                new ValidationRow(
                        m,
                        seconds,
                        from,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(s.reason()),
                        "",
                        "",
                        OptionalInt.empty());
            case Mapping.Mapped p ->
                new ValidationRow(
                        m,
                        seconds,
                        from,
                        Optional.of(predictor.predict(m, p)),
                        Optional.of(RunTraits.of(
                                p.scenario(), p.layout().strategy(), p.layout().devices())),
                        nullModel(p),
                        Optional.empty(),
                        p.scenario().stack().name(),
                        p.scenario().cluster().name(),
                        OptionalInt.empty());
        };
    }

    private static Optional<Double> nullModel(Mapping.Mapped p) {
        TrainingWorkload w = p.scenario().workload();
        Optional<FlopsPerSecond> peak = p.scenario().cluster().accelerator().peak(w.precision());
        double flops = ModelCounts.modelFlopsPerStep(w, FlopConvention.NON_CAUSAL) * p.batchScale();
        return peak.map(rate -> flops / (p.layout().devices() * rate.value() * NULL_UTILIZATION));
    }
}
