package dev.kneepoint.samples.validation;

import dev.kneepoint.analysis.Interval;
import dev.kneepoint.analysis.KneeError;
import dev.kneepoint.calibration.Coverage;
import dev.kneepoint.calibration.ErrorSummary;
import dev.kneepoint.calibration.FamilyVotes;
import dev.kneepoint.calibration.LayoutRanking;
import dev.kneepoint.calibration.SourceSummary;
import dev.kneepoint.calibration.TrustLevel;
import dev.kneepoint.calibration.ValidationRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/** Figures of a validation in words, the same on the terminal and on the pages. */
public final class Wording {
    private Wording() {}

    /** A fraction in percent without the sign, or a dash. */
    public static String percent(OptionalDouble fraction) {
        return fraction.isPresent() ? percent(fraction.getAsDouble()) : "-";
    }

    /** A fraction in percent without the sign. */
    public static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.1f", 100 * fraction);
    }

    /** Part of a whole. */
    public static String share(long part, long whole) {
        return whole == 0 ? "none" : String.format(Locale.ROOT, "%.0f %%", 100.0 * part / whole);
    }

    /** Rows, skipped rows, median, p90 and bias, and the null model's median and p90. */
    public static List<String> errors(ErrorSummary s) {
        return List.of(
                String.valueOf(s.rows()),
                String.valueOf(s.skipped()),
                percent(s.median()),
                percent(s.p90()),
                percent(s.bias()),
                percent(s.nullMedian()),
                percent(s.nullP90()));
    }

    /** Rows, predicted rows, median, p90 and bias, and the null model's median. */
    public static List<String> source(SourceSummary s) {
        return List.of(
                String.valueOf(s.rows()),
                String.valueOf(s.predicted()),
                percent(s.median()),
                percent(s.p90()),
                percent(s.bias()),
                percent(s.nullMedian()));
    }

    /** Sizes, the largest, the measured and the predicted knee, and by how many sizes they and the null model's differ. */
    public static List<String> knees(KneeError k) {
        return List.of(
                String.valueOf(k.sizes()),
                String.valueOf(k.largest()),
                knee(k.measured(), k.largest()),
                knee(k.predicted(), k.largest()),
                String.format(Locale.ROOT, "%+d", k.steps()),
                String.format(Locale.ROOT, "%+d", k.nullSteps()));
    }

    /** Sweeps, regret, best of the top three, and rank correlation. */
    public static List<String> ranking(LayoutRanking r) {
        return List.of(
                String.valueOf(r.sweeps()),
                percent(r.regret()),
                percent(r.topThree()),
                String.format(Locale.ROOT, "%.2f", r.spearman()));
    }

    /** The votes in a line. */
    public static String votes(FamilyVotes v) {
        return "votes " + v.voters().size() + ", rows " + v.rows() + ", skipped " + v.skipped() + "; median "
                + percent(v.median()) + " %, p90 " + percent(v.p90()) + " % (null model " + percent(v.nullMedian())
                + " %, " + percent(v.nullP90()) + " %)";
    }

    /** A knee, marked if it lies beyond the sizes. */
    public static String knee(int devices, int largest) {
        return (devices == largest ? ">" : "") + devices;
    }

    /** A drift per doubling. */
    public static String slope(Optional<Interval> slope) {
        return slope.map(s -> String.format(
                        Locale.ROOT,
                        "%+.2f %% (95 %% interval %+.2f to %+.2f)",
                        100 * Math.expm1(s.value()),
                        100 * Math.expm1(s.low()),
                        100 * Math.expm1(s.high())))
                .orElse("-");
    }

    /** Share of rows that were measured inside their interval. */
    public static String inside(List<ValidationRow> rows) {
        return share(rows.stream().filter(Wording::isInside).count(), rows.size());
    }

    private static boolean isInside(ValidationRow r) {
        double measured = r.measuredSeconds().orElse(0.0);
        return r.prediction()
                .filter(p -> p.low() <= measured && measured <= p.high())
                .isPresent();
    }

    /** Held-out coverage by distance, and without the family with the most rows. */
    public static String coverage(List<Coverage> all) {
        String longest = all.stream()
                .max(Comparator.comparingInt(Coverage::rows))
                .map(Coverage::family)
                .orElse("");
        List<String> parts = new ArrayList<>();
        parts.add(covered(all, c -> true) + " rows are inside");
        for (TrustLevel level : TrustLevel.values()) {
            parts.add(level.label() + " " + covered(all, c -> c.level() == level));
        }
        parts.add("without " + longest + " " + covered(all, c -> !c.family().equals(longest)));
        return String.join(", ", parts);
    }

    private static String covered(List<Coverage> all, Predicate<Coverage> chosen) {
        int rows = all.stream().filter(chosen).mapToInt(Coverage::rows).sum();
        int covered = all.stream().filter(chosen).mapToInt(Coverage::covered).sum();
        return share(covered, rows) + " of " + rows;
    }
}
