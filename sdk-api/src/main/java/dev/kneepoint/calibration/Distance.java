package dev.kneepoint.calibration;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How far a run is from a kind. What moves a step time most weighs most: another device, another
 * stack or a mixture against a dense model alone puts a run outside; another precision, two lesser things or two
 * doublings beyond the compared sizes put it near.
 */
final class Distance {
    private static final double NEAR = 2;
    private static final double DEVICE = 3;
    private static final double MODEL = 3;
    private static final double STACK = 3;
    private static final double PRECISION = 2;
    private static final double LESSER = 1;

    /** Doublings beyond the compared sizes that still count as compared. */
    private static final double TOLERANCE = 0.25;

    /** Outside, but nearer than another stack: extrapolating a known kind beats borrowing an unknown one. */
    private static final double MOST_BEYOND = 2.5;

    private Distance() {}

    static double of(RunTraits run, ValidatedKind kind) {
        return differ(run.architecture(), kind.architecture(), DEVICE)
                + differ(run.model(), kind.model(), MODEL)
                + differ(run.stack(), kind.stack(), STACK)
                + differ(run.precision(), kind.precision(), PRECISION)
                + differ(run.network(), kind.network(), LESSER)
                + differ(run.layout(), kind.layout(), LESSER)
                + beyond(run.devices(), kind.leastDevices(), kind.mostDevices())
                + beyond(run.parameters(), kind.leastParameters(), kind.mostParameters());
    }

    static TrustLevel level(double distance) {
        return distance == 0 ? TrustLevel.INSIDE : distance <= NEAR ? TrustLevel.NEAR : TrustLevel.OUTSIDE;
    }

    /** What sets the run apart, or what it is like if nothing does. */
    static String words(RunTraits run, ValidatedKind kind) {
        List<String> apart = new ArrayList<>();
        add(apart, "device", run.architecture(), kind.architecture());
        add(apart, "model", run.model(), kind.model());
        add(apart, "stack", run.stack(), kind.stack());
        add(apart, "precision", run.precision(), kind.precision());
        add(apart, "network", run.network(), kind.network());
        add(apart, "layout", run.layout(), kind.layout());
        if (beyond(run.devices(), kind.leastDevices(), kind.mostDevices()) > 0) {
            apart.add(String.format(
                    Locale.ROOT,
                    "%,.0f devices against %,.0f to %,.0f",
                    run.devices(),
                    kind.leastDevices(),
                    kind.mostDevices()));
        }
        if (beyond(run.parameters(), kind.leastParameters(), kind.mostParameters()) > 0) {
            apart.add(String.format(
                    Locale.ROOT,
                    "%.1f billion parameters against %.1f to %.1f",
                    run.parameters() / 1e9,
                    kind.leastParameters() / 1e9,
                    kind.mostParameters() / 1e9));
        }
        String like = kind.rows() + " " + kind.words();
        return apart.isEmpty() ? like : "nearest are " + like + "; apart in " + String.join(", ", apart);
    }

    private static double differ(String a, String b, double weight) {
        return a.equals(b) ? 0 : weight;
    }

    private static double beyond(double value, double least, double most) {
        double doublings = value > most ? Math.log(value / most) : value < least ? Math.log(least / value) : 0;
        return Math.clamp(doublings / Math.log(2) - TOLERANCE, 0, MOST_BEYOND);
    }

    private static void add(List<String> apart, String what, String run, String kind) {
        if (!run.equals(kind)) {
            apart.add(what + " " + run + " against " + kind);
        }
    }
}
