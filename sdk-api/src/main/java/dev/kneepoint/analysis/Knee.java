package dev.kneepoint.analysis;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Finds where a series of sizes stops paying. Pure. */
public final class Knee {
    private static final double TIE = 1e-9;

    private Knee() {}

    /**
     * The knee of a series.
     *
     * @param points sizes and throughputs, in any order, no size twice
     * @param rule what it takes for a size to pay
     * @return one of the sizes, or that it lies beyond them, or that there is none
     * @throws IllegalArgumentException if a size occurs twice
     */
    public static KneeResult find(List<ScalingPoint> points, KneeRule rule) {
        List<ScalingPoint> sorted = points.stream()
                .sorted(Comparator.comparingInt(ScalingPoint::devices))
                .toList();
        for (int i = 1; i < sorted.size(); i++) {
            if (sorted.get(i).devices() == sorted.get(i - 1).devices()) {
                throw new IllegalArgumentException(
                        "the size " + sorted.get(i).devices() + " occurs twice; every size needs one throughput");
            }
        }
        if (sorted.size() < 2) {
            return new KneeResult.Never("a knee needs at least two sizes that ran, not " + sorted.size());
        }
        return at(sorted, last(sorted, rule), rule);
    }

    /**
     * Return of a step, per doubling, as a fraction of proportional: 1 if throughput grows as the devices do, 0.5 if it
     * does not grow.
     *
     * @param from the smaller size
     * @param to the larger size
     * @return {@code (T'/T)^(1/log2(n'/n)) / 2}
     */
    public static double returnPerDoubling(ScalingPoint from, ScalingPoint to) {
        double doublings = Math.log((double) to.devices() / from.devices()) / Math.log(2);
        return Math.pow(to.tokensPerSecond() / from.tokensPerSecond(), 1 / doublings) / 2;
    }

    private static int last(List<ScalingPoint> sorted, KneeRule rule) {
        return switch (rule) {
            case KneeRule.MarginalReturn m -> {
                int i = 0;
                while (i + 1 < sorted.size()
                        && returnPerDoubling(sorted.get(i), sorted.get(i + 1)) >= m.fraction() - TIE) {
                    i++;
                }
                yield i;
            }
            case KneeRule.LowestCost cheapest -> {
                int best = 0;
                for (int i = 1; i < sorted.size(); i++) {
                    if (perDevice(sorted.get(i)) > perDevice(sorted.get(best)) * (1 + TIE)) {
                        best = i;
                    }
                }
                yield best;
            }
            case KneeRule.EfficiencyFloor f -> {
                int i = 0;
                while (i + 1 < sorted.size()
                        && perDevice(sorted.get(i + 1)) >= perDevice(sorted.get(0)) * (f.floor() - TIE)) {
                    i++;
                }
                yield i;
            }
        };
    }

    private static double perDevice(ScalingPoint p) {
        return p.tokensPerSecond() / p.devices();
    }

    private static KneeResult at(List<ScalingPoint> sorted, int i, KneeRule rule) {
        ScalingPoint here = sorted.get(i);
        if (i == sorted.size() - 1) {
            return new KneeResult.BeyondRange(
                    here.devices(), "up to " + here.devices() + " devices the rule holds throughout: " + rule);
        }
        double after = returnPerDoubling(here, sorted.get(i + 1));
        OptionalDouble before =
                i == 0 ? OptionalDouble.empty() : OptionalDouble.of(returnPerDoubling(sorted.get(i - 1), here));
        String led = before.isPresent()
                ? String.format(Locale.ROOT, "the step to %d returned %.2f, ", here.devices(), before.getAsDouble())
                : "";
        String reason = String.format(
                Locale.ROOT,
                "%sthe step to %d returns %.2f per doubling; rule: %s",
                led,
                sorted.get(i + 1).devices(),
                after,
                rule);
        return new KneeResult.At(here.devices(), before, after, reason);
    }
}
