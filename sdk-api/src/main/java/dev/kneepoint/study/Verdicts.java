package dev.kneepoint.study;

import dev.kneepoint.analysis.Knee;
import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.analysis.KneeRule;
import dev.kneepoint.analysis.ScalingPoint;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.units.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Puts into words what a study's series say. */
final class Verdicts {
    /** Predictions within this of each other are a tie. */
    private static final double TIE = 0.02;

    private static final double KEPT = 0.9;

    /** The paper reports 128 to 2,048 devices. */
    private static final int LATE_GROWTH = 16;

    private Verdicts() {}

    static Verdict of(Scenario scenario, Scaling scaling, List<StudySeries> series) {
        List<StudySeries> real = series.stream()
                .filter(s -> !s.name().equals(ScalingStudy.ENVELOPE))
                .toList();
        int largest = real.stream()
                .flatMap(s -> s.ran().stream())
                .mapToInt(StudyPoint::devices)
                .max()
                .orElse(0);
        if (largest == 0) {
            return new Verdict("Nothing in this study can run; every point says why.", "", "", 0, List.of());
        }
        StudySeries baseline = real.get(0);
        StudyPoint.Ran winner = Envelope.quickest(real, largest).orElseThrow();
        StudySeries best =
                real.stream().filter(s -> s.ran().contains(winner)).findFirst().orElseThrow();
        double gain = at(baseline, largest)
                .map(p -> winner.metrics().tokensPerSecond() / p.metrics().tokensPerSecond() - 1)
                .orElse(0.0);
        String sentence = baselineSentence(scenario, scaling, baseline, series) + " "
                + winnerSentence(baseline, best, largest, gain);
        return new Verdict(sentence, best.name(), baseline.name(), gain, notes(real, largest, winner));
    }

    private static Optional<StudyPoint.Ran> at(StudySeries s, int devices) {
        return s.ran().stream().filter(p -> p.devices() == devices).findFirst();
    }

    private static String baselineSentence(
            Scenario scenario, Scaling scaling, StudySeries baseline, List<StudySeries> all) {
        String what =
                scenario.workload().model().name() + " on " + scenario.cluster().name();
        StudySeries shown = all.stream()
                .filter(s -> scaling == Scaling.STRONG && s.name().equals(ScalingStudy.ENVELOPE))
                .findFirst()
                .orElse(baseline);
        String who = shown.equals(baseline) ? "with " + baseline.name() : "with the best layout at each size";
        String after = shown.limiter().isBlank() ? "" : "; what dominates then is " + shown.limiter();
        return switch (shown.knee()) {
            case KneeResult.At at ->
                String.format(
                        Locale.ROOT,
                        "%s, %s: scaling pays up to %,d devices; the next step returns %.0f %% of proportional%s.",
                        what,
                        who,
                        at.devices(),
                        100 * at.returnAfter(),
                        after);
            case KneeResult.BeyondRange beyond ->
                String.format(
                        Locale.ROOT,
                        "%s, %s: every step up to %,d devices still pays%s.",
                        what,
                        who,
                        beyond.largest(),
                        after);
            case KneeResult.Never never -> what + ", " + who + ": no knee (" + never.reason() + ").";
        };
    }

    private static String winnerSentence(StudySeries baseline, StudySeries best, int largest, double gain) {
        if (best.equals(baseline)) {
            return String.format(Locale.ROOT, "No other strategy of the study beats it at %,d devices.", largest);
        }
        String moved = kneeOf(best).equals(kneeOf(baseline))
                ? "its knee is " + kneeOf(best) + " too"
                : "its knee is " + kneeOf(best) + " instead of " + kneeOf(baseline);
        if (at(baseline, largest).isEmpty()) {
            return String.format(
                    Locale.ROOT, "At %,d devices only other strategies run; the quickest is %s.", largest, best.name());
        }
        return String.format(
                Locale.ROOT,
                "At %,d devices %s is %.0f %% quicker than %s; %s.",
                largest,
                best.name(),
                100 * gain,
                baseline.name(),
                moved);
    }

    /** Weak scaling seldom has a knee under the marginal rule, so say where per-device throughput begins to go. */
    private static String holds(StudySeries s) {
        List<ScalingPoint> points = s.ran().stream()
                .map(p -> new ScalingPoint(p.devices(), p.metrics().tokensPerSecond()))
                .toList();
        String floor = String.format(Locale.ROOT, ", keeps %.0f %% of its per-device rate ", 100 * KEPT);
        return switch (Knee.find(points, new KneeRule.EfficiencyFloor(KEPT))) {
            case KneeResult.At at -> floor + String.format(Locale.ROOT, "up to %,d", at.devices());
            case KneeResult.BeyondRange beyond -> floor + "throughout";
            case KneeResult.Never never -> "";
        };
    }

    /** What the last sixteenfold growth of the baseline, or all of it, did to each device's rate and power. */
    private static Optional<String> decline(StudySeries s) {
        List<StudyPoint.Ran> ran = s.ran();
        if (ran.size() < 2) {
            return Optional.empty();
        }
        StudyPoint.Ran to = ran.get(ran.size() - 1);
        StudyPoint.Ran from = ran.stream()
                .filter(p -> p.devices() >= to.devices() / LATE_GROWTH)
                .findFirst()
                .orElse(to);
        double rate =
                change(from.metrics().tokensPerSecondPerDevice(), to.metrics().tokensPerSecondPerDevice());
        String power =
                from.metrics().energy().isEmpty() || to.metrics().energy().isEmpty()
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                ", its power by %+.1f %%",
                                change(
                                        from.metrics().energy().get().wattsPerDevice(),
                                        to.metrics().energy().get().wattsPerDevice()));
        return Optional.of(String.format(
                Locale.ROOT,
                "%s from %,d to %,d devices: each device's throughput changes by %+.1f %%%s.",
                s.name(),
                from.devices(),
                to.devices(),
                rate,
                power));
    }

    private static double change(double from, double to) {
        return 100 * (to / from - 1);
    }

    private static String kneeOf(StudySeries s) {
        return switch (s.knee()) {
            case KneeResult.At at -> String.format(Locale.ROOT, "at %,d", at.devices());
            case KneeResult.BeyondRange beyond -> String.format(Locale.ROOT, "beyond %,d", beyond.largest());
            case KneeResult.Never never -> "nowhere";
        };
    }

    private static List<String> notes(List<StudySeries> series, int largest, StudyPoint.Ran winner) {
        List<String> notes = new ArrayList<>();
        for (StudySeries s : series) {
            String limiter = s.limiter().isBlank() ? "" : "; limited by " + s.limiter();
            String rate = at(s, largest)
                    .map(p -> String.format(
                            Locale.ROOT,
                            ", %,.0f tokens/s per device at %,d",
                            p.metrics().tokensPerSecondPerDevice(),
                            largest))
                    .orElse("");
            notes.add(s.name() + ": knee " + kneeOf(s) + rate + holds(s) + limiter + ".");
        }
        decline(series.get(0)).ifPresent(notes::add);
        double best = winner.metrics().tokensPerSecond();
        List<String> ties = series.stream()
                .filter(s -> at(s, largest)
                        .filter(p -> !p.equals(winner) && p.metrics().tokensPerSecond() >= best * (1 - TIE))
                        .isPresent())
                .map(StudySeries::name)
                .toList();
        if (!ties.isEmpty()) {
            notes.add("Within " + Quantity.percent(TIE) + " of the best at " + largest + " devices, so a tie: "
                    + String.join(", ", ties) + ".");
        }
        return notes;
    }
}
