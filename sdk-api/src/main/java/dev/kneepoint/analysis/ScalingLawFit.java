package dev.kneepoint.analysis;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.hipparchus.distribution.continuous.TDistribution;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.stat.regression.OLSMultipleLinearRegression;

/**
 * Fits scaling laws. {@code N/X = (1 + contention*(N-1) + coherency*N*(N-1)) / rate} is linear in its parameters, so
 * ordinary least squares on relative errors gives estimates and covariance; intervals are Student's, carried to the law's
 * own parameters to first order. A parameter that comes out negative is set to zero and the rest fitted again. Pure.
 */
public final class ScalingLawFit {
    private static final double TAIL = 0.975;

    private ScalingLawFit() {}

    /**
     * Fits Amdahl's law.
     *
     * @param points at least 3 sizes, in any order
     * @return the law, its coherency zero
     * @throws IllegalArgumentException if there are fewer sizes, or one occurs twice
     */
    public static ScalingLaw amdahl(List<ScalingPoint> points) {
        return fit(points, 3, "Amdahl's law", new boolean[] {true, true, false});
    }

    /**
     * Fits the Universal Scalability Law.
     *
     * @param points at least 4 sizes, in any order
     * @return the law
     * @throws IllegalArgumentException if there are fewer sizes, or one occurs twice
     */
    public static ScalingLaw universal(List<ScalingPoint> points) {
        return fit(points, 4, "the Universal Scalability Law", new boolean[] {true, true, true});
    }

    private static ScalingLaw fit(List<ScalingPoint> points, int least, String name, boolean[] used) {
        List<ScalingPoint> sorted = points.stream()
                .sorted(Comparator.comparingInt(ScalingPoint::devices))
                .toList();
        long sizes = sorted.stream().mapToInt(ScalingPoint::devices).distinct().count();
        if (sizes < least || sizes < sorted.size()) {
            throw new IllegalArgumentException(name + " needs at least " + least
                    + " different sizes, one point each, not " + sorted.size() + " points of " + sizes + " sizes");
        }
        double[] estimate = new double[3];
        double[][] covariance = new double[3][3];
        boolean[] free = used.clone();
        while (true) {
            solve(sorted, free, estimate, covariance);
            int negative = estimate[2] < 0 ? 2 : estimate[1] < 0 ? 1 : -1;
            if (negative < 0) {
                return law(sorted, free, estimate, covariance);
            }
            free[negative] = false;
        }
    }

    /** Least squares for {@code 1 = w*(a + b*(N-1) + c*N*(N-1))} with {@code w = X/N}. */
    private static void solve(List<ScalingPoint> points, boolean[] free, double[] estimate, double[][] covariance) {
        int[] columns = columns(free);
        double[][] x = new double[points.size()][columns.length];
        double[] y = new double[points.size()];
        Arrays.fill(y, 1);
        double unit = points.get(0).devices();
        for (int i = 0; i < y.length; i++) {
            double n = points.get(i).devices() / unit;
            double weight = points.get(i).tokensPerSecond() / n;
            double[] basis = {weight, weight * (n - 1), weight * n * (n - 1)};
            for (int j = 0; j < columns.length; j++) {
                x[i][j] = basis[columns[j]];
            }
        }
        try {
            OLSMultipleLinearRegression regression = new OLSMultipleLinearRegression();
            regression.setNoIntercept(true);
            regression.newSampleData(y, x);
            double[] beta = regression.estimateRegressionParameters();
            double[][] variance = regression.estimateRegressionParametersVariance();
            double error = regression.estimateErrorVariance();
            Arrays.fill(estimate, 0);
            for (int j = 0; j < columns.length; j++) {
                Arrays.fill(covariance[j], 0);
                estimate[columns[j]] = beta[j];
            }
            for (double[] row : covariance) {
                Arrays.fill(row, 0);
            }
            for (int j = 0; j < columns.length; j++) {
                for (int k = 0; k < columns.length; k++) {
                    covariance[columns[j]][columns[k]] = error * variance[j][k];
                }
            }
        } catch (MathRuntimeException e) {
            throw new IllegalArgumentException("the points do not determine a scaling law: " + e.getMessage(), e);
        }
    }

    private static int[] columns(boolean[] free) {
        int[] out = new int[3];
        int count = 0;
        for (int i = 0; i < free.length; i++) {
            if (free[i]) {
                out[count++] = i;
            }
        }
        return Arrays.copyOf(out, count);
    }

    private static ScalingLaw law(List<ScalingPoint> points, boolean[] free, double[] p, double[][] covariance) {
        double freedom = points.size() - columns(free).length;
        double t = freedom > 0 ? new TDistribution(freedom).inverseCumulativeProbability(TAIL) : 0;
        double rate = 1 / p[0];
        Interval rates = interval(rate, t * Math.sqrt(covariance[0][0]) * rate * rate);
        ScalingLaw bare = new ScalingLaw(
                points.get(0).devices(), rates, share(1, p, covariance, t), share(2, p, covariance, t), 0);
        double worst = 0;
        for (ScalingPoint point : points) {
            worst = Math.max(worst, Math.abs(bare.tokensPerSecond(point.devices()) / point.tokensPerSecond() - 1));
        }
        return new ScalingLaw(bare.unit(), rates, bare.contention(), bare.coherency(), worst);
    }

    /** A ratio {@code p[i]/p[0]} with its first-order error. */
    private static Interval share(int i, double[] p, double[][] covariance, double t) {
        double ratio = p[i] / p[0];
        double variance = covariance[i][i] - 2 * ratio * covariance[0][i] + ratio * ratio * covariance[0][0];
        return interval(ratio, t * Math.sqrt(Math.max(0, variance)) / p[0]);
    }

    private static Interval interval(double value, double half) {
        return new Interval(value, Math.max(0, value - half), value + half);
    }
}
