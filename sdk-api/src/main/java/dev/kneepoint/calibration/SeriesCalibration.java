package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.special.Erf;

/**
 * The profiles of one series of runs (one model on one kind of machine with one framework), calibrated on a few of its
 * measured steps. Three multipliers with weak priors at 1: two points up move all three, one moves that of compute, and
 * none leaves the profiles as shipped, with the error that they have on runs that they were not fitted on. Repeated
 * points count once, with their median; points that do not go with the others are named and left out. Immutable.
 */
@Incubating
public final class SeriesCalibration {
    /** Prior standard deviations of the multipliers' logarithms: compute, communication, host. */
    private static final List<Effect> EFFECTS = List.of(
            new Effect(Multiplier.COMPUTE, 0.25),
            new Effect(Multiplier.COMMUNICATION, 0.25),
            new Effect(Multiplier.HOST, 0.5));

    private static final int[] ALL = {0, 1, 2};

    /** How much of the uncertainty a multiplier may keep before it counts as not seen. */
    private static final double HARDLY_SEEN = 0.2;

    private static final double INSEPARABLE = 0.9;

    /** Two-sided 80 % of a normal distribution. */
    private static final double NINE_TENTHS = normal(0.8);

    private final List<MeasuredPoint> used;
    private final List<Outlier> outliers;
    private final int merged;
    private final MultiplierFit.Fitted fitted;
    private final RealMatrix covariance;
    private final Spread spread;

    private SeriesCalibration(RobustSeries series) {
        this.used = ImmutableList.copyOf(series.kept());
        this.outliers = ImmutableList.copyOf(series.outliers());
        this.merged = series.merged();
        this.fitted = series.fitted();
        double noise = series.noise();
        this.covariance = fitted.covariance(noise);
        this.spread = new Spread(fitted, covariance, noise, largest(used));
    }

    /**
     * Calibrates.
     *
     * @param points measured steps of one series; may be empty
     * @return the calibration
     */
    public static SeriesCalibration fit(List<MeasuredPoint> points) {
        return new SeriesCalibration(RobustSeries.fit(points, SeriesCalibration::most));
    }

    private static MultiplierFit.Fitted most(List<MeasuredPoint> points) {
        List<int[]> memberships = points.stream().map(p -> ALL).toList();
        MultiplierFit all = new MultiplierFit(points, memberships, EFFECTS, MultiplierFit.NOISE);
        if (points.size() != 1) {
            return all.run();
        }
        MultiplierFit one =
                new MultiplierFit(points, List.of(new int[] {0}), EFFECTS.subList(0, 1), MultiplierFit.NOISE);
        return all.at(one.run().at()[0], 0, 0);
    }

    private static int largest(List<MeasuredPoint> points) {
        return points.stream().mapToInt(MeasuredPoint::devices).max().orElse(0);
    }

    private static double normal(double level) {
        return Math.sqrt(2) * Erf.erfInv(level);
    }

    /**
     * Whether there was a point to calibrate on.
     *
     * @return false if the profiles are as shipped
     */
    public boolean isCalibrated() {
        return !used.isEmpty();
    }

    /**
     * The points that it rests on, repeated ones merged.
     *
     * @return in the order given
     */
    public List<MeasuredPoint> used() {
        return used;
    }

    /**
     * Points that do not go with the others: their residual is above 3.5 robust standard deviations.
     *
     * @return the farthest first
     */
    public List<Outlier> outliers() {
        return outliers;
    }

    /**
     * Points that repeated others and were merged with them.
     *
     * @return how many fewer points there were after merging
     */
    public int merged() {
        return merged;
    }

    /**
     * The most probable multipliers.
     *
     * @return all 1 if there was no point
     */
    public Multipliers multipliers() {
        return fitted.multipliers(ALL);
    }

    /**
     * A scenario with calibrated profiles, for simulations, studies and searches.
     *
     * @param scenario with the profiles as they ship
     * @return the same with calibrated ones
     */
    public Scenario apply(Scenario scenario) {
        return multipliers().apply(scenario);
    }

    /**
     * Every multiplier with its 80 % interval.
     *
     * @return in the order of {@link Multiplier}
     */
    public List<MultiplierEstimate> estimates() {
        List<MultiplierEstimate> all = new ArrayList<>();
        for (Multiplier which : Multiplier.values()) {
            int i = which.ordinal();
            double value = multipliers().get(which);
            double deviation = Math.sqrt(covariance.getEntry(i, i));
            double factor = Math.exp(NINE_TENTHS * EFFECTS.get(i).sigma() * deviation);
            all.add(new MultiplierEstimate(which, value, value / factor, value * factor, 1 - deviation));
        }
        return all;
    }

    /**
     * What the points cannot tell, in sentences: multipliers that they hardly see, and pairs that they see only together.
     *
     * @return empty if they fix all of them
     */
    public List<String> cannotTell() {
        if (!isCalibrated()) {
            return ImmutableList.of("there is no measured point: the profiles are as shipped");
        }
        List<String> out = new ArrayList<>();
        for (MultiplierEstimate e : estimates()) {
            if (e.learned() < HARDLY_SEEN) {
                out.add(String.format(
                        Locale.ROOT,
                        "these points say little about %s: it may still be anything from %.2f to %.2f of the shipped"
                                + " profile's time",
                        e.which().label(),
                        e.low(),
                        e.high()));
            }
        }
        for (int a = 0; a < ALL.length; a++) {
            for (int b = a + 1; b < ALL.length; b++) {
                double correlation =
                        covariance.getEntry(a, b) / Math.sqrt(covariance.getEntry(a, a) * covariance.getEntry(b, b));
                if (Math.abs(correlation) > INSEPARABLE) {
                    out.add(String.format(
                            Locale.ROOT,
                            "these points cannot tell %s from %s (correlation %.2f)",
                            Multiplier.values()[a].label(),
                            Multiplier.values()[b].label(),
                            correlation));
                }
            }
        }
        return ImmutableList.copyOf(out);
    }

    /**
     * Predicts one configuration of the series.
     *
     * @param scenario with the profiles as they ship
     * @param layout a layout of its workload
     * @param level share of runs that the interval is to cover, in 0.01..0.99
     * @return step time and interval; bit-equal from call to call
     * @throws IllegalArgumentException if the level is out of its range
     */
    public StepInterval predict(Scenario scenario, Layout layout, double level) {
        if (!(level >= 0.01 && level <= 0.99)) {
            throw new IllegalArgumentException(
                    "an interval covers a share of runs between 0.01 and 0.99, not " + level);
        }
        MeasuredPoint target = new MeasuredPoint("target", scenario, layout, 1, 1);
        double seconds = target.predicted(multipliers());
        if (isCalibrated()) {
            return spread.around(seconds, target, level);
        }
        double width = normal(level) * Spread.SHIPPED;
        return new StepInterval(seconds, seconds * Math.exp(-width), seconds * Math.exp(width));
    }
}
