package dev.kneepoint.samples.validation;

import com.google.common.collect.Lists;
import dev.kneepoint.analysis.KneeError;
import dev.kneepoint.analysis.ScaleDrift;
import dev.kneepoint.calibration.Coverage;
import dev.kneepoint.calibration.DeviceBuckets;
import dev.kneepoint.calibration.ErrorSummary;
import dev.kneepoint.calibration.FamilyVotes;
import dev.kneepoint.calibration.LayoutRanking;
import dev.kneepoint.calibration.MemoryResidual;
import dev.kneepoint.calibration.NoiseFloor;
import dev.kneepoint.calibration.SourceSummary;
import dev.kneepoint.calibration.TrialTargets;
import dev.kneepoint.calibration.TrustLevel;
import dev.kneepoint.calibration.ValidationResult;
import dev.kneepoint.calibration.ValidationRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The summary that the other pages hang on. */
final class IndexPage {
    private static final List<String> HEADER =
            List.of("", "rows", "skipped", "median %", "p90 %", "bias %", "null median %", "null p90 %");

    private IndexPage() {}

    static String of(ValidationResult result, Map<String, String> pages, Optional<String> heldOut) {
        List<ValidationRow> judged = result.judged();
        List<ValidationRow> steady = result.withoutSuspects().judged();
        FamilyVotes votes = FamilyVotes.of(judged);
        FamilyVotes calm = FamilyVotes.of(steady);
        Markdown page = new Markdown()
                .heading(1, "How far off the predictions are")
                .paragraph(
                        "Written by `kneepoint validate --data measurements.csv --report docs/validation`; do not edit by"
                                + " hand. Error is |predicted/measured - 1| of step time, bias the median of predicted/measured - 1."
                                + " Predictions read neither measured columns nor notes. The null model takes every run to reach"
                                + " half of its device's peak. Of "
                                + result.rows().size() + " rows " + judged.size()
                                + " count; [what is left out, and why](skipped.md); [the ids that count](eligible.csv);"
                                + " [the worst rows](worst.md)" + memory(result) + ".")
                .paragraph("![predicted against measured step time](predicted-vs-measured.svg)")
                .heading(2, "One vote per family of sources")
                .paragraph(
                        "Releases of one source are a family; families under ten rows share one vote. The nanotron sweep"
                                + " votes with its median only: one of its runs in ten hung or limped.")
                .table(
                        1,
                        List.of("", "votes", "rows", "skipped", "median %", "p90 %", "null median %", "null p90 %"),
                        List.of(
                                vote("all rows", votes),
                                vote("without suspect rows", calm),
                                vote(
                                        "128 devices and more, of series with two rows of at most 64",
                                        FamilyVotes.of(TrialTargets.of(judged)))));
        errors(page.heading(2, "By family"), votes.families());
        errors(page.heading(2, "By kind of run"), votes.strata());
        page.paragraph("![error by source](error-by-source.svg)");
        scale(page, judged, steady);
        ranking(page, judged);
        noise(page, result.rows());
        range(page, result);
        page.heading(2, "Rows, groups and sources that a fit had not seen");
        page.paragraph(heldOut.orElse("Not computed here: put `held-out.md` beside this page and write it again."));
        sources(page.heading(2, "By source"), result, pages);
        return page.toString();
    }

    private static String memory(ValidationResult result) {
        return MemoryResidual.of(result.rows()).isEmpty() ? "" : "; [peak memory](memory.md)";
    }

    private static List<String> vote(String name, FamilyVotes v) {
        return List.of(
                name,
                String.valueOf(v.voters().size()),
                String.valueOf(v.rows()),
                String.valueOf(v.skipped()),
                Wording.percent(v.median()),
                Wording.percent(v.p90()),
                Wording.percent(v.nullMedian()),
                Wording.percent(v.nullP90()));
    }

    private static void errors(Markdown page, List<ErrorSummary> all) {
        page.table(
                1,
                HEADER,
                all.stream()
                        .map(s -> Lists.asList(s.name(), Wording.errors(s).toArray(String[]::new)))
                        .toList());
    }

    private static void scale(Markdown page, List<ValidationRow> judged, List<ValidationRow> steady) {
        errors(page.heading(2, "By number of devices"), DeviceBuckets.of(judged));
        page.paragraph("![error by number of devices](error-by-devices.svg)");
        ScaleDrift drift = ScaleDrift.of(judged);
        ScaleDrift calm = ScaleDrift.of(steady);
        page.heading(2, "Drift with size")
                .paragraph(
                        "Change of predicted/measured per doubling of the devices inside series (one source, model, stack"
                                + " and machine, at least three sizes), mean with one vote per series:")
                .table(
                        1,
                        List.of("", "series", "per doubling", "null model"),
                        List.of(drift("all rows", drift), drift("without suspect rows", calm)));
        List<KneeError> knees = KneeError.of(judged);
        long exact = knees.stream().filter(k -> k.steps() == 0).count();
        List<KneeError> reached = knees.stream()
                .filter(k -> k.measured() < k.largest() || k.predicted() < k.largest())
                .toList();
        page.heading(2, "The knee")
                .paragraph(
                        "Largest size up to which every doubling returns 0.7 of proportional throughput, by measured and"
                                + " by predicted throughput, for series of one machine, precision and sequence length with at least"
                                + " four sizes. Equal in " + exact + " of " + knees.size()
                                + " series; but in all except "
                                + reached.size()
                                + " both lie beyond the largest size: published series stop before scaling stops"
                                + " paying.")
                .table(
                        1,
                        List.of(
                                "series with a knee",
                                "sizes",
                                "largest",
                                "measured",
                                "predicted",
                                "steps",
                                "null model"),
                        reached.stream().map(IndexPage::knee).toList());
    }

    private static List<String> drift(String name, ScaleDrift d) {
        return List.of(
                name, String.valueOf(d.series().size()), Wording.slope(d.pooled()), Wording.slope(d.nullPooled()));
    }

    private static List<String> knee(KneeError k) {
        return named(k.source() + ", " + k.model() + ", " + k.precision() + ", " + k.hardware(), Wording.knees(k));
    }

    private static List<String> named(String name, List<String> figures) {
        List<String> cells = new ArrayList<>(List.of(name));
        cells.addAll(figures);
        return cells;
    }

    private static void ranking(Markdown page, List<ValidationRow> judged) {
        page.heading(2, "Ranking of layouts")
                .paragraph("Sweeps of at least five layouts of one model, size, batch, sequence length and precision."
                        + " Regret: what the predicted best costs over the measured best, predictions within 2 % being a"
                        + " tie. Medians over sweeps, the third figure their 90th percentile.")
                .table(
                        1,
                        List.of("family", "sweeps", "regret %", "best of top three p90 %", "Spearman"),
                        LayoutRanking.of(judged).stream()
                                .map(r -> named(r.family(), Wording.ranking(r)))
                                .toList());
    }

    private static void noise(Markdown page, List<ValidationRow> rows) {
        page.heading(2, "Noise floor")
                .paragraph(
                        "Pairs of one source that no column and no word that the mapping reads tells apart, and that were"
                                + " measured to differ: |a - b| over their mean. Where the difference stands in the notes only, the"
                                + " floor is too high.")
                .table(
                        1,
                        List.of("source", "pairs", "median %"),
                        NoiseFloor.of(rows).stream()
                                .map(f -> List.of(f.source(), String.valueOf(f.pairs()), Wording.percent(f.median())))
                                .toList());
    }

    private static void range(Markdown page, ValidationResult result) {
        List<Coverage> coverage = Coverage.of(result.residuals());
        page.heading(2, "Validated range and intervals")
                .paragraph("Each prediction says whether runs like it were compared with measurements, and has an 80 %"
                        + " interval from the errors of the nearest ones. "
                        + (coverage.isEmpty()
                                ? ""
                                : "With intervals built from the other families only: " + Wording.coverage(coverage)
                                        + "."))
                .table(
                        1,
                        List.of("distance", "rows", "median %", "p90 %", "measured inside the interval"),
                        Stream.of(TrustLevel.values())
                                .map(level -> trust(level, result.judged()))
                                .toList());
    }

    private static List<String> trust(TrustLevel level, List<ValidationRow> judged) {
        List<ValidationRow> at = judged.stream()
                .filter(r -> r.prediction().isPresent()
                        && r.prediction().get().trust().level() == level)
                .toList();
        ErrorSummary s = ErrorSummary.of(level.label(), at);
        return List.of(
                level.label(),
                String.valueOf(s.rows()),
                Wording.percent(s.median()),
                Wording.percent(s.p90()),
                Wording.inside(at));
    }

    private static void sources(Markdown page, ValidationResult result, Map<String, String> pages) {
        page.table(
                1,
                List.of("source", "rows", "predicted", "median %", "p90 %", "bias %", "null median %"),
                result.bySource().stream().map(s -> cells(s, pages)).toList());
    }

    private static List<String> cells(SourceSummary s, Map<String, String> pages) {
        String page = "sources/" + pages.get(s.source()) + ".md";
        return named("[" + s.source().replace("[", "(").replace("]", ")") + "](" + page + ")", Wording.source(s));
    }
}
