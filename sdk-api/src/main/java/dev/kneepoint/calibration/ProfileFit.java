package dev.kneepoint.calibration;

import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.CancellationToken;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresBuilder;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresOptimizer;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LevenbergMarquardtOptimizer;
import org.hipparchus.util.Pair;

/**
 * Least squares over constants of the profiles: soft-L1 loss on the logarithm of predicted over measured, Gaussian priors
 * on the constants' logarithms, bounds. Releases of one layout count a second time, by the quotient of their times.
 * Parameters are standard deviations from the prior.
 */
final class ProfileFit {
    /** Relative error at which a residual begins to count less than its square. */
    private static final double ERROR_SCALE = 0.04;

    /** The same for the quotient of two releases: one layout, run again, differs by one to three percent. */
    private static final double RELEASE_SCALE = 0.03;

    private static final double STEP = 0.02;
    private static final int MOST_EVALUATIONS = 200;

    private final ProfileSet base;
    private final List<Constant> constants;
    private final List<FitRow> rows;
    private final List<ReleasePairs.Pair> releases;
    private final CancellationToken cancellation;
    private final double[] lower;
    private final double[] upper;

    ProfileFit(ProfileSet base, List<Constant> constants, List<FitRow> rows, CancellationToken cancellation) {
        this.base = base;
        this.constants = constants;
        this.rows = rows;
        releases = ReleasePairs.of(rows);
        this.cancellation = cancellation;
        lower = constants.stream().mapToDouble(c -> c.deviations(c.low())).toArray();
        upper = constants.stream().mapToDouble(c -> c.deviations(c.high())).toArray();
    }

    FitResult run(double[] start, int iterations) {
        int count = constants.size();
        LeastSquaresOptimizer.Optimum optimum = new LevenbergMarquardtOptimizer()
                .withCostRelativeTolerance(1e-5)
                .withParameterRelativeTolerance(1e-4)
                .optimize(new LeastSquaresBuilder()
                        .model(this::evaluate)
                        .target(new double[rows.size() + releases.size() + count])
                        .start(clamp(new ArrayRealVector(start)))
                        .parameterValidator(this::clamp)
                        .checker((i, a, b) ->
                                i >= iterations || Math.abs(a.getCost() - b.getCost()) < 1e-5 * a.getCost())
                        .maxEvaluations(MOST_EVALUATIONS)
                        .maxIterations(MOST_EVALUATIONS)
                        .build());
        double[] at = optimum.getPoint().toArray();
        ProfileSet fitted = Constants.at(base, constants, at);
        return new FitResult(constants, at, fitted, optimum.getJacobian(), optimum.getCost());
    }

    private RealVector clamp(RealVector x) {
        RealVector y = x.copy();
        for (int i = 0; i < y.getDimension(); i++) {
            y.setEntry(i, Math.min(upper[i], Math.max(lower[i], y.getEntry(i))));
        }
        return y;
    }

    private Pair<RealVector, RealMatrix> evaluate(RealVector point) {
        cancellation.throwIfCancelled("fitting constants");
        double[] x = point.toArray();
        ProfileSet here = Constants.at(base, constants, x);
        Scenario[] scenarios = new Scenario[rows.size()];
        double[] predicted = new double[rows.size()];
        IntStream.range(0, rows.size()).parallel().forEach(i -> {
            scenarios[i] = rows.get(i).mapped().scenario(here);
            predicted[i] = rows.get(i).logPredicted(scenarios[i]);
        });
        double[][] slopes = new double[rows.size()][x.length];
        for (int c = 0; c < x.length; c++) {
            column(here, x, c, scenarios, predicted, slopes);
        }
        Equations equations = new Equations(rows.size() + releases.size() + x.length);
        for (int i = 0; i < rows.size(); i++) {
            FitRow row = rows.get(i);
            equations.soft(predicted[i] - row.logSeconds(), slopes[i], ERROR_SCALE, row.weight());
        }
        for (ReleasePairs.Pair pair : releases) {
            int a = pair.earlier();
            int b = pair.later();
            double off = predicted[b]
                    - predicted[a]
                    - (rows.get(b).logSeconds() - rows.get(a).logSeconds());
            equations.soft(off, difference(slopes[b], slopes[a]), RELEASE_SCALE, pair.weight());
        }
        for (int c = 0; c < x.length; c++) {
            equations.prior(x[c], c, x.length);
        }
        return new Pair<>(
                new ArrayRealVector(equations.residuals, false), new Array2DRowRealMatrix(equations.jacobian, false));
    }

    private static double[] difference(double[] a, double[] b) {
        double[] d = new double[a.length];
        Arrays.setAll(d, i -> a[i] - b[i]);
        return d;
    }

    /** What least squares squares, and its slopes. */
    private static final class Equations {
        private final double[] residuals;
        private final double[][] jacobian;
        private int count;

        Equations(int count) {
            residuals = new double[count];
            jacobian = new double[count][];
        }

        /** An error whose soft-L1 counts. */
        void soft(double error, double[] slopes, double scale, double weight) {
            double z = error / scale;
            double root = Math.sqrt(weight);
            double soft = Math.signum(z) * Math.sqrt(2 * (Math.sqrt(1 + z * z) - 1));
            double slope = root / scale * (Math.abs(z) < 1e-6 ? 1 : z / (Math.sqrt(1 + z * z) * soft));
            residuals[count] = root * soft;
            jacobian[count++] = Arrays.stream(slopes).map(s -> slope * s).toArray();
        }

        void prior(double deviations, int constant, int constants) {
            residuals[count] = deviations;
            jacobian[count] = new double[constants];
            jacobian[count++][constant] = 1;
        }
    }

    /** Rows that a constant does not concern keep an equal scenario and cost nothing. */
    private void column(
            ProfileSet here, double[] x, int c, Scenario[] scenarios, double[] predicted, double[][] slopes) {
        double step = x[c] + STEP > upper[c] ? -STEP : STEP;
        ProfileSet moved = here.with(constants.get(c).name(), constants.get(c).at(x[c] + step));
        IntStream.range(0, rows.size()).parallel().forEach(i -> {
            FitRow row = rows.get(i);
            boolean concerned = !row.mapped().stack().same(here, moved)
                    || !moved.hardware(scenarios[i].cluster()).equals(scenarios[i].hardware());
            if (concerned) {
                slopes[i][c] = (row.logPredicted(moved) - predicted[i]) / step;
            }
        });
    }
}
