package dev.kneepoint.internal.fit;

import java.util.Arrays;
import java.util.Collection;
import java.util.OptionalDouble;

/** Linearly interpolated quantiles. */
public final class Quantiles {
    private Quantiles() {}

    /** Values in ascending order. */
    public static double[] sorted(Collection<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    /** Magnitudes in ascending order. */
    public static double[] magnitudes(double[] values) {
        return Arrays.stream(values).map(Math::abs).sorted().toArray();
    }

    /** Quantile of ascending values; empty without values. */
    public static OptionalDouble of(double[] sorted, double fraction) {
        if (sorted.length == 0) {
            return OptionalDouble.empty();
        }
        double at = fraction * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return OptionalDouble.of(sorted[below] + (at - below) * (sorted[above] - sorted[below]));
    }
}
