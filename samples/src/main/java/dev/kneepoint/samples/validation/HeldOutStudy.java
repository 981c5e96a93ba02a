package dev.kneepoint.samples.validation;

import dev.kneepoint.calibration.Coverage;
import dev.kneepoint.calibration.ErrorSummary;
import dev.kneepoint.calibration.FamilyVotes;
import dev.kneepoint.calibration.HeldOutResidual;
import dev.kneepoint.calibration.Measurement;
import dev.kneepoint.calibration.ProfileCalibration;
import dev.kneepoint.calibration.ValidatedRange;
import dev.kneepoint.calibration.ValidationResult;
import dev.kneepoint.calibration.ValidationRow;
import dev.kneepoint.report.AtomicFiles;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How far off predictions are for runs that the fit has not seen, in four kinds of not having seen. */
public final class HeldOutStudy {
    private static final int FOLDS = 5;
    private static final int POINTS = 5;
    private static final int FIT_UP_TO = 64;
    private static final int DRAWS = 20;

    private final List<HeldOutResidual> families;
    private final FamilyVotes unseenFamily;
    private final FamilyVotes unseenGroup;
    private final FamilyVotes unseenRow;
    private final List<FamilyVotes> calibrated;

    private HeldOutStudy(
            List<HeldOutResidual> families,
            FamilyVotes unseenFamily,
            FamilyVotes unseenGroup,
            FamilyVotes unseenRow,
            List<FamilyVotes> calibrated) {
        this.families = families;
        this.unseenFamily = unseenFamily;
        this.unseenGroup = unseenGroup;
        this.unseenRow = unseenRow;
        this.calibrated = calibrated;
    }

    /**
     * Runs it; takes minutes.
     *
     * @param calibration the calibration
     * @param result the rows, predicted with all of them in the fit
     * @param progress hears of every part that is left out
     * @param cancellation lets the host stop
     * @return the study
     */
    public static HeldOutStudy run(
            ProfileCalibration calibration,
            ValidationResult result,
            ProgressListener progress,
            CancellationToken cancellation) {
        ProfileCalibration.UnseenFamilies families =
                calibration.holdOutFamilies(POINTS, FIT_UP_TO, DRAWS, progress, cancellation);
        List<HeldOutResidual> groups =
                calibration.holdOut(fold(m -> m.family() + m.text("model")), progress, cancellation);
        List<HeldOutResidual> rows = calibration.holdOut(fold(HeldOutStudy::configuration), progress, cancellation);
        return new HeldOutStudy(
                families.plain(),
                votes(result, families.plain()),
                votes(result, groups),
                votes(result, rows),
                families.calibrated().stream().map(draw -> votes(result, draw)).toList());
    }

    /** Consecutive releases repeat configurations, so these go into one fold with them. */
    private static String configuration(Measurement m) {
        StringBuilder key = new StringBuilder(m.family());
        for (String column : new String[] {"model", "gpus", "dp_kind", "tp", "pp", "cp", "ep"}) {
            key.append('/').append(m.text(column));
        }
        return key.toString();
    }

    private static Function<Measurement, String> fold(Function<Measurement, String> key) {
        return m -> String.valueOf(Math.floorMod(key.apply(m).hashCode(), FOLDS));
    }

    private static FamilyVotes votes(ValidationResult result, List<HeldOutResidual> residuals) {
        Map<String, HeldOutResidual> byId =
                residuals.stream().collect(Collectors.toMap(HeldOutResidual::id, r -> r, (a, b) -> b));
        List<ValidationRow> rows = new ArrayList<>();
        for (ValidationRow row : result.rows()) {
            @Nullable HeldOutResidual r = byId.get(row.id());
            if (r != null && row.prediction().isPresent()) {
                rows.add(row.predicted(r.predicted(), OptionalInt.empty()));
            }
        }
        return FamilyVotes.of(rows);
    }

    /**
     * Prints the votes.
     *
     * @param out where to
     */
    public void print(PrintWriter out) {
        for (List<String> line : lines()) {
            out.printf("%-60s median %s %%, 90th percentile %s %%%n", line.get(0), line.get(1), line.get(2));
        }
    }

    private List<List<String>> lines() {
        return List.of(
                line("unseen source: one family of sources left out", unseenFamily),
                List.of(
                        "the same, calibrated on " + POINTS + " of its runs of at most " + FIT_UP_TO + " devices, "
                                + DRAWS + " draws",
                        mean(v -> v.median().orElse(Double.NaN)),
                        mean(v -> v.p90().orElse(Double.NaN))),
                line("unseen group: folds over models of a family", unseenGroup),
                line("interpolated row: folds over configurations", unseenRow));
    }

    private static List<String> line(String what, FamilyVotes votes) {
        return List.of(what, Wording.percent(votes.median()), Wording.percent(votes.p90()));
    }

    private String mean(ToDoubleFunction<FamilyVotes> figure) {
        return Wording.percent(OptionalDouble.of(
                calibrated.stream().mapToDouble(figure).average().orElse(Double.NaN)));
    }

    /**
     * Writes {@code held-out.md}, {@code held-out.csv} and {@code validated-range.json}.
     *
     * @param folder where to
     * @throws IOException if a file cannot be written
     */
    public void write(Path folder) throws IOException {
        AtomicFiles.write(folder.resolve("held-out.md"), w -> w.write(page().toString()));
        AtomicFiles.write(
                folder.resolve("validated-range.json"),
                w -> ValidatedRange.from(families).writeJson(w));
        AtomicFiles.write(folder.resolve("held-out.csv"), w -> {
            w.write("id,family,measured_s,predicted_s\n");
            for (HeldOutResidual r : families) {
                w.write(String.format(
                        Locale.ROOT,
                        "%s,\"%s\",%.6g,%.6g%n",
                        r.id(),
                        r.family().replace("\"", "\"\""),
                        r.measured(),
                        r.predicted()));
            }
        });
    }

    private Markdown page() {
        Markdown page = new Markdown();
        page.paragraph("Every fit below starts from the same priors and has not seen the rows that it is judged by; one"
                + " vote per family of sources, as above.");
        page.table(1, List.of("rows that the fit has not seen", "median %", "p90 %"), lines());
        List<List<String>> table = new ArrayList<>();
        for (ErrorSummary s : unseenFamily.voters()) {
            table.add(List.of(
                    s.name(),
                    String.valueOf(s.rows()),
                    Wording.percent(s.median()),
                    Wording.percent(s.p90()),
                    Wording.percent(s.bias()),
                    few(s.name())));
        }
        page.table(
                1,
                List.of("family left out", "rows", "median %", "p90 %", "bias %", "with five rows: median / p90 %"),
                table);
        int covered = 0;
        int judged = 0;
        for (Coverage c : Coverage.of(families)) {
            covered += c.covered();
            judged += c.rows();
        }
        page.paragraph(String.format(
                Locale.ROOT,
                "80 %% intervals from the other families only hold %.0f %% of %,d rows.",
                100.0 * covered / judged,
                judged));
        return page;
    }

    private String few(String family) {
        List<ErrorSummary> of = calibrated.stream()
                .flatMap(v -> v.voters().stream())
                .filter(s -> s.name().equals(family))
                .toList();
        return of.isEmpty()
                ? "-"
                : Wording.percent(OptionalDouble.of(of.stream()
                                .mapToDouble(s -> s.median().orElse(0))
                                .average()
                                .orElse(0)))
                        + " / "
                        + Wording.percent(OptionalDouble.of(of.stream()
                                .mapToDouble(s -> s.p90().orElse(0))
                                .average()
                                .orElse(0)));
    }
}
