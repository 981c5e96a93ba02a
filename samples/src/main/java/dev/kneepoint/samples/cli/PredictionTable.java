package dev.kneepoint.samples.cli;

import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.calibration.MultiplierEstimate;
import dev.kneepoint.calibration.Outlier;
import dev.kneepoint.calibration.SeriesCalibration;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.PredictedPoint;
import dev.kneepoint.study.ScalingPrediction;
import dev.kneepoint.study.StudyPoint;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A prediction as text: the curve, the verdict, and what the measured points say. */
final class PredictionTable {
    private PredictionTable() {}

    static void print(ScalingPrediction p, List<String> ignored, PrintWriter out) {
        Scenario s = p.scenario();
        String kept = p.scaling().label() + " scaling, " + (p.scaling().label().equals("strong") ? "global batch " : "")
                + p.batch() + (p.scaling().label().equals("weak") ? " per device" : "");
        out.println(s.workload().model().name() + " on " + s.cluster().name() + ", " + kept + " ("
                + s.stack().name()
                + ", " + s.workload().precision().label() + ", sequence "
                + s.workload().sequenceLength() + ")");
        out.println();
        curve(p, out);
        out.println();
        StudyTable.wrapped("Verdict: " + p.sentence(), "  ", out);
        out.println();
        calibration(p.calibration(), out);
        if (!ignored.isEmpty()) {
            StudyTable.wrapped("  - columns that mean nothing to predict: " + String.join(", ", ignored), "    ", out);
        }
    }

    private static void curve(ScalingPrediction p, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("devices", "strategy", "step s", "low", "high", "tokens/s", "MFU %", "measured s", "off %"));
        for (PredictedPoint point : p.points()) {
            boolean knee = p.knee() instanceof KneeResult.At at && at.devices() == point.devices();
            rows.add(List.of(
                    (knee ? "*" : "") + point.devices(),
                    point.strategy(),
                    number("%.3f", point.step().seconds()),
                    number("%.3f", point.step().low()),
                    number("%.3f", point.step().high()),
                    number("%,.0f", point.tokensPerSecond()),
                    number("%.1f", 100 * point.mfu()),
                    point.measuredSeconds().isPresent()
                            ? number("%.3f", point.measuredSeconds().getAsDouble())
                            : "-",
                    point.measuredSeconds().isPresent()
                            ? number(
                                    "%+.1f",
                                    100
                                            * (point.step().seconds()
                                                            / point.measuredSeconds()
                                                                    .getAsDouble()
                                                    - 1))
                            : "-"));
        }
        StudyTable.table(number("step time with %.0f %% interval (* = knee)", 100 * p.interval()), rows, out);
        for (StudyPoint.CannotRun r : p.refused()) {
            out.println(r.devices() + " devices cannot run: " + r.reason());
        }
    }

    private static void calibration(SeriesCalibration c, PrintWriter out) {
        if (!c.isCalibrated()) {
            StudyTable.wrapped(
                    "Not calibrated: no measured point, so the profiles are as shipped and the interval is the error that"
                            + " they have on published runs that they were not fitted on.",
                    "  ",
                    out);
            return;
        }
        out.println("Calibrated on " + c.used().size() + " points"
                + (c.merged() > 0 ? " (" + c.merged() + " merged with equal runs)" : "")
                + "; time against the shipped profiles, with 80 % intervals:");
        for (MultiplierEstimate e : c.estimates()) {
            out.println(String.format(
                    Locale.ROOT,
                    "  %-14s %.2f (%.2f to %.2f), %.0f %% learned from the points",
                    e.which().label(),
                    e.value(),
                    e.low(),
                    e.high(),
                    100 * e.learned()));
        }
        c.cannotTell().forEach(text -> StudyTable.wrapped("  - " + text, "    ", out));
        for (Outlier o : c.outliers()) {
            String fate = o.excluded() ? "left out" : "kept, since too few others would remain";
            StudyTable.wrapped(
                    String.format(
                            Locale.ROOT,
                            "  - outlier, %s: %s (%d devices, %.3f s, predicted %+.0f %%)",
                            fate,
                            o.point().name(),
                            o.point().devices(),
                            o.point().seconds(),
                            100 * o.relativeError()),
                    "    ",
                    out);
        }
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
