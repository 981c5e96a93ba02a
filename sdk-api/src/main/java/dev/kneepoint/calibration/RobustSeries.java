package dev.kneepoint.calibration;

import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.hipparchus.stat.descriptive.rank.Median;

/**
 * A fit whose points count once each, and without those that do not go with the others.
 *
 * @param kept the points of the last fit
 * @param outliers what was left out, and what looks wrong but had to stay
 * @param merged how many points were merged with others
 * @param fitted the last fit
 * @param noise relative error of a point: what was assumed before, and what the residuals say
 */
record RobustSeries(
        List<MeasuredPoint> kept, List<Outlier> outliers, int merged, MultiplierFit.Fitted fitted, double noise) {
    private static final double FAR = 3.5;

    /** Makes a median of absolute deviations the standard deviation of a normal distribution. */
    private static final double NORMAL = 1.4826;

    /** Measured steps repeat no better. */
    private static final double LEAST_NOISE = 0.01;

    private static final int FEWEST = 3;

    /** How many points the assumed noise counts for beside the residuals. */
    private static final double ASSUMED = 4;

    static RobustSeries fit(List<MeasuredPoint> points, Function<List<MeasuredPoint>, MultiplierFit.Fitted> how) {
        List<MeasuredPoint> kept = new ArrayList<>(merge(points));
        int merged = points.size() - kept.size();
        int fewest = Math.max(FEWEST, Math.ceilDiv(2 * kept.size(), 3));
        List<MeasuredPoint> excluded = new ArrayList<>();
        MultiplierFit.Fitted fitted = how.apply(kept);
        int far = farthest(fitted.residuals());
        while (far >= 0 && kept.size() > fewest) {
            excluded.add(kept.remove(far));
            fitted = how.apply(kept);
            far = farthest(fitted.residuals());
        }
        return new RobustSeries(kept, outliers(excluded, kept, far, fitted), merged, fitted, noise(fitted));
    }

    private static List<MeasuredPoint> merge(List<MeasuredPoint> points) {
        record Configuration(Scenario scenario, Layout layout, double batchScale) {}
        Map<Configuration, List<MeasuredPoint>> groups = new LinkedHashMap<>();
        for (MeasuredPoint p : points) {
            groups.computeIfAbsent(new Configuration(p.scenario(), p.layout(), p.batchScale()), c -> new ArrayList<>())
                    .add(p);
        }
        return groups.values().stream().map(RobustSeries::median).toList();
    }

    private static MeasuredPoint median(List<MeasuredPoint> same) {
        double seconds = new Median()
                .evaluate(same.stream().mapToDouble(MeasuredPoint::seconds).toArray());
        return same.get(0).withSeconds(seconds);
    }

    /** The residual that is farthest out, if it is too far; robustly, since it widens any other measure of spread. */
    private static int farthest(double[] residuals) {
        if (residuals.length < FEWEST) {
            return -1;
        }
        double[] sizes = Arrays.stream(residuals).map(Math::abs).toArray();
        double deviation = Math.max(LEAST_NOISE, NORMAL * new Median().evaluate(sizes));
        int far = -1;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] > FAR * deviation && (far < 0 || sizes[i] > sizes[far])) {
                far = i;
            }
        }
        return far;
    }

    private static List<Outlier> outliers(
            List<MeasuredPoint> excluded, List<MeasuredPoint> kept, int far, MultiplierFit.Fitted fitted) {
        int[] all = {0, 1, 2};
        Multipliers m = fitted.multipliers(all);
        List<Outlier> out = new ArrayList<>();
        for (MeasuredPoint p : excluded) {
            out.add(new Outlier(p, p.predicted(m) / p.seconds() - 1, true));
        }
        if (far >= 0) {
            MeasuredPoint p = kept.get(far);
            out.add(new Outlier(p, p.predicted(m) / p.seconds() - 1, false));
        }
        return out;
    }

    private static double noise(MultiplierFit.Fitted fitted) {
        double squares = Arrays.stream(fitted.residuals()).map(r -> r * r).sum();
        double assumed = ASSUMED * MultiplierFit.NOISE * MultiplierFit.NOISE;
        return Math.sqrt((assumed + squares) / (ASSUMED + fitted.residuals().length));
    }
}
