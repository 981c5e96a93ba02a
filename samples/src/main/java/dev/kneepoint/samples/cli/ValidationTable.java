package dev.kneepoint.samples.cli;

import dev.kneepoint.analysis.KneeError;
import dev.kneepoint.analysis.ScaleDrift;
import dev.kneepoint.calibration.Coverage;
import dev.kneepoint.calibration.DeviceBuckets;
import dev.kneepoint.calibration.ErrorSummary;
import dev.kneepoint.calibration.FamilyVotes;
import dev.kneepoint.calibration.LayoutRanking;
import dev.kneepoint.calibration.MemoryErrors;
import dev.kneepoint.calibration.MemoryResidual;
import dev.kneepoint.calibration.NoiseFloor;
import dev.kneepoint.calibration.SourceSummary;
import dev.kneepoint.calibration.TrialTargets;
import dev.kneepoint.calibration.TrustLevel;
import dev.kneepoint.calibration.ValidationResult;
import dev.kneepoint.calibration.ValidationRow;
import dev.kneepoint.samples.validation.Wording;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A validation as text: by source, family, kind of run and size, beside the null model. */
final class ValidationTable {
    private static final int NAME_WIDTH = 60;
    private static final List<String> SUMMARY_HEAD =
            List.of("rows", "skipped", "median %", "p90 %", "bias %", "null median %", "null p90 %", "");

    private ValidationTable() {}

    static void print(ValidationResult result, PrintWriter out) {
        bySource(result, out);
        List<ValidationRow> judged = result.judged();
        if (judged.isEmpty()) {
            out.println();
            out.println("No row counts in the votes: they need a known shape, device and step time or tokens/s.");
        } else {
            votes("all eligible rows", judged, out);
            List<ValidationRow> steady = result.withoutSuspects().judged();
            if (steady.size() < judged.size()) {
                String left =
                        "without " + (judged.size() - steady.size()) + " suspect rows (hung, limited, misprinted)";
                out.println(left + ": " + Wording.votes(FamilyVotes.of(steady)));
            }
            List<ValidationRow> targets = TrialTargets.of(judged);
            if (!targets.isEmpty()) {
                out.println("128 devices and more, of series with two rows of at most 64: "
                        + Wording.votes(FamilyVotes.of(targets)));
            }
            scale(judged, out);
            noise(result.rows(), out);
            trust(result, out);
        }
        memory(result, out);
        out.println();
        out.println("The null model takes every run to reach half of its device's peak.");
    }

    private static void bySource(ValidationResult result, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("rows", "predicted", "median %", "p90 %", "bias %", "null model median %", "source"));
        for (SourceSummary s : result.bySource()) {
            rows.add(named(Wording.source(s), shortened(s.source())));
        }
        SourceSummary all = result.overall();
        rows.add(named(Wording.source(all), shortened(all.source())));
        StudyTable.table("|predicted/measured - 1| of step time, by source", rows, out);
        if (!all.skipped().isEmpty()) {
            out.println();
            out.println("skipped rows, by reason:");
            all.skipped().forEach((reason, count) -> out.println("  " + count + "  " + reason));
        }
    }

    private static void votes(String which, List<ValidationRow> judged, PrintWriter out) {
        FamilyVotes votes = FamilyVotes.of(judged);
        out.println();
        summaries("by family of sources (" + which + ")", votes.families(), out);
        out.println("one vote per family, families under 10 rows share one, nanotron without its p90:");
        out.println(Wording.votes(votes));
        out.println();
        summaries("by kind of run, every row with one vote", votes.strata(), out);
        out.println();
        summaries("by number of devices", DeviceBuckets.of(judged), out);
    }

    private static void summaries(String title, List<ErrorSummary> all, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(SUMMARY_HEAD);
        for (ErrorSummary s : all) {
            rows.add(named(Wording.errors(s), s.name()));
        }
        StudyTable.table(title, rows, out);
    }

    private static void scale(List<ValidationRow> judged, PrintWriter out) {
        ScaleDrift drift = ScaleDrift.of(judged);
        out.println();
        out.println("drift: change of predicted/measured per doubling of the devices, "
                + drift.series().size() + " series of three sizes or more, one vote each:");
        out.println("  " + Wording.slope(drift.pooled()) + "; null model " + Wording.slope(drift.nullPooled()));
        List<KneeError> knees = KneeError.of(judged);
        if (knees.isEmpty()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("sizes", "largest", "measured", "predicted", "steps apart", "null model", "series"));
        knees.forEach(k -> rows.add(named(
                Wording.knees(k),
                shortened(k.source()) + ", " + k.model() + ", " + k.precision() + ", " + k.hardware())));
        out.println();
        StudyTable.table("knee by measured and by predicted throughput (> = beyond the largest size)", rows, out);
        long exact = knees.stream().filter(k -> k.steps() == 0).count();
        long next = knees.stream().filter(k -> Math.abs(k.steps()) <= 1).count();
        long beyond = knees.stream()
                .filter(k -> k.measured() == k.largest() && k.predicted() == k.largest())
                .count();
        out.println("equal in " + exact + " of " + knees.size() + " series, at most one size apart in " + next
                + "; both lie beyond the largest size in " + beyond);
    }

    private static void noise(List<ValidationRow> all, PrintWriter out) {
        List<NoiseFloor> floors = NoiseFloor.of(all);
        if (floors.isEmpty()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("pairs", "median %", "source"));
        floors.forEach(
                f -> rows.add(List.of(String.valueOf(f.pairs()), Wording.percent(f.median()), shortened(f.source()))));
        out.println();
        StudyTable.table("noise floor: one setting that a source measured twice", rows, out);
    }

    private static void trust(ValidationResult result, PrintWriter out) {
        out.println();
        for (TrustLevel level : TrustLevel.values()) {
            List<ValidationRow> at = result.judged().stream()
                    .filter(r -> r.prediction().isPresent()
                            && r.prediction().get().trust().level() == level)
                    .toList();
            ErrorSummary s = ErrorSummary.of(level.label(), at);
            out.println(level.label() + " the validated range: " + s.rows() + " rows, median "
                    + Wording.percent(s.median()) + " %, p90 " + Wording.percent(s.p90()) + " %, " + Wording.inside(at)
                    + " in their 80 % interval");
        }
        List<Coverage> coverage = Coverage.of(result.residuals());
        if (!coverage.isEmpty()) {
            out.println("intervals from the other families only: " + Wording.coverage(coverage));
        }
    }

    private static void memory(ValidationResult result, PrintWriter out) {
        List<MemoryResidual> residuals = MemoryResidual.of(result.rows());
        if (residuals.isEmpty()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("rows", "median %", "p90 %", "bias %", "source"));
        MemoryErrors.by(residuals, r -> r.measurement().source())
                .forEach(e -> rows.add(List.of(
                        String.valueOf(e.rows()),
                        Wording.percent(e.median()),
                        Wording.percent(e.p90()),
                        Wording.percent(e.bias()),
                        shortened(e.name()))));
        out.println();
        StudyTable.table("peak memory against the published figure", rows, out);
    }

    /** The layout sweeps, as {@code --ranking} prints them. */
    static void ranking(ValidationResult result, PrintWriter out) {
        List<LayoutRanking> all = LayoutRanking.of(result.judged());
        out.println();
        if (all.isEmpty()) {
            out.println("No sweep: five rows of one run on as many layouts make one.");
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("sweeps", "regret %", "best of top three p90 %", "Spearman", "family"));
        all.forEach(r -> rows.add(named(Wording.ranking(r), r.family())));
        StudyTable.table("ranking of layouts", rows, out);
        out.println(String.format(
                Locale.ROOT,
                "%d families with one vote each: regret %.1f %% (goal at most 2), best of top three p90 %.1f %% (goal at most 5),"
                        + " Spearman %.2f (goal at least 0.80)",
                all.size(),
                100 * all.stream().mapToDouble(LayoutRanking::regret).average().orElse(0),
                100
                        * all.stream()
                                .mapToDouble(LayoutRanking::topThree)
                                .average()
                                .orElse(0),
                all.stream().mapToDouble(LayoutRanking::spearman).average().orElse(0)));
    }

    private static List<String> named(List<String> figures, String name) {
        List<String> cells = new ArrayList<>(figures);
        cells.add(name);
        return cells;
    }

    private static String shortened(String name) {
        return name.length() > NAME_WIDTH ? name.substring(0, NAME_WIDTH - 1) + "…" : name;
    }
}
