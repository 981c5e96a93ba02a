package dev.kneepoint.backend.cpu;

import dev.kneepoint.metrics.TimeClass;

/** Divides the time of a rank's thread into classes, without gap or overlap. Nanoseconds; thread-confined. */
final class TimeSplit {
    private final double[] classes = new double[TimeClass.values().length];
    private long mark;

    void start(long now) {
        mark = now;
    }

    /** All time since the last call belongs to a class. */
    void spend(TimeClass which, long now) {
        long until = Math.max(mark, now);
        classes[which.ordinal()] += until - mark;
        mark = until;
    }

    /** The time since the last call belongs to {@code first} until {@code turn}, then to {@code second}. */
    void spend(TimeClass first, long turn, TimeClass second, long now) {
        spend(first, Math.min(turn, now));
        spend(second, now);
    }

    double[] copy() {
        return classes.clone();
    }

    /** Multiplies what was added since {@code before}. */
    void multiplySince(double[] before, double factor) {
        for (int i = 0; i < classes.length; i++) {
            classes[i] += (factor - 1) * (classes[i] - before[i]);
        }
    }
}
