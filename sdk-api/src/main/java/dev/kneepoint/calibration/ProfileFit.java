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
 * on the constants' logarithms, bounds. Parameters are standard deviations from the prior.
 */
final class ProfileFit {
    /** Relative error at which a residual begins to count less than its square. */
    private static final double ERROR_SCALE = 0.04;

    private static final double STEP = 0.02;
    private static final int MOST_EVALUATIONS = 200;

    private final ProfileSet base;
    private final List<Constant> constants;
    private final List<FitRow> rows;
    private final CancellationToken cancellation;
    private final double[] lower;
    private final double[] upper;

    ProfileFit(ProfileSet base, List<Constant> constants, List<FitRow> rows, CancellationToken cancellation) {
        this.base = base;
        this.constants = constants;
        this.rows = rows;
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
                        .target(new double[rows.size() + count])
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
        int n = rows.size();
        int count = constants.size();
        ProfileSet here = Constants.at(base, constants, x);
        Scenario[] scenarios = new Scenario[n];
        double[] predicted = new double[n];
        IntStream.range(0, n).parallel().forEach(i -> {
            scenarios[i] = rows.get(i).mapped().scenario(here);
            predicted[i] = rows.get(i).logPredicted(scenarios[i]);
        });
        double[] residuals = Arrays.copyOf(x, n + count);
        double[][] jacobian = new double[n + count][count];
        double[] slope = new double[n];
        for (int i = 0; i < n; i++) {
            double z = (predicted[i] - rows.get(i).logSeconds()) / ERROR_SCALE;
            double root = Math.sqrt(rows.get(i).weight());
            double soft = Math.signum(z) * Math.sqrt(2 * (Math.sqrt(1 + z * z) - 1));
            residuals[i] = root * soft;
            slope[i] = root / ERROR_SCALE * (Math.abs(z) < 1e-6 ? 1 : z / (Math.sqrt(1 + z * z) * soft));
        }
        for (int c = 0; c < count; c++) {
            residuals[n + c] = x[c];
            jacobian[n + c][c] = 1;
            column(here, x, c, scenarios, predicted, slope, jacobian);
        }
        return new Pair<>(new ArrayRealVector(residuals, false), new Array2DRowRealMatrix(jacobian, false));
    }

    /** Rows that a constant does not concern keep an equal scenario and cost nothing. */
    private void column(
            ProfileSet here,
            double[] x,
            int c,
            Scenario[] scenarios,
            double[] predicted,
            double[] slope,
            double[][] jacobian) {
        double step = x[c] + STEP > upper[c] ? -STEP : STEP;
        ProfileSet moved = here.with(constants.get(c).name(), constants.get(c).at(x[c] + step));
        IntStream.range(0, rows.size()).parallel().forEach(i -> {
            FitRow row = rows.get(i);
            boolean concerned = !row.mapped().stack().same(here, moved)
                    || !moved.hardware(scenarios[i].cluster()).equals(scenarios[i].hardware());
            if (concerned) {
                jacobian[i][c] = slope[i] * (row.logPredicted(moved) - predicted[i]) / step;
            }
        });
    }
}
