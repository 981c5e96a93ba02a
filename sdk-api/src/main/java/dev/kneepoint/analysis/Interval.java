package dev.kneepoint.analysis;

/**
 * An estimate with its 95 % confidence interval.
 *
 * @param value the estimate
 * @param low lower end
 * @param high upper end
 */
public record Interval(double value, double low, double high) {
    /** Checks the order. */
    public Interval {
        if (!(low <= value && value <= high)) {
            throw new IllegalArgumentException(
                    "an interval's value must lie inside it, not " + value + " in " + low + ".." + high);
        }
    }

    /**
     * Whether a value lies inside.
     *
     * @param other the value
     * @return true if it does
     */
    public boolean contains(double other) {
        return low <= other && other <= high;
    }
}
