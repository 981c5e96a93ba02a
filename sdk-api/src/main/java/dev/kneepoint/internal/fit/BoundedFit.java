package dev.kneepoint.internal.fit;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresBuilder;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LevenbergMarquardtOptimizer;
import org.hipparchus.util.Pair;

/**
 * Robust least squares within bounds: Levenberg-Marquardt on parameters scaled to 0..1 and clamped, its residuals
 * reweighted so that a row counts linearly beyond {@value #TOLERANCE}. A weak prior holds what the rows cannot tell at its
 * start. The model may have kinks (it takes the quickest of
 * several forms), so the best point seen counts, not the last.
 */
public final class BoundedFit {
    private static final double TOLERANCE = 0.05;
    private static final double STEP = 1e-4;
    private static final double PRIOR = 0.05;
    private static final int ROUNDS = 3;
    private static final int ITERATIONS = 60;
    private static final double CONVERGED = 1e-6;
    private static final LevenbergMarquardtOptimizer OPTIMIZER = new LevenbergMarquardtOptimizer()
            .withCostRelativeTolerance(CONVERGED)
            .withParameterRelativeTolerance(CONVERGED);

    private final double[] low;
    private final double[] high;
    private final UnaryOperator<double[]> residuals;
    private final double[] prior;
    private double[] best;
    private double bestCost;

    private BoundedFit(double[] low, double[] high, UnaryOperator<double[]> residuals, double[] start) {
        this.low = low.clone();
        this.high = high.clone();
        this.residuals = residuals;
        prior = unit(start);
        best = prior.clone();
        bestCost = cost(at(best));
    }

    /**
     * Fits.
     *
     * @param start the first guess; clamped into the bounds
     * @param low lower bounds
     * @param high upper bounds, above the lower ones
     * @param residuals weighted residuals of a point
     * @return the best point seen
     */
    public static double[] minimise(double[] start, double[] low, double[] high, UnaryOperator<double[]> residuals) {
        BoundedFit fit = new BoundedFit(low, high, residuals, start);
        for (int round = 0; round < ROUNDS; round++) {
            fit.round();
        }
        return fit.value(fit.best);
    }

    private void round() {
        double[] weights = Arrays.stream(at(best)).map(BoundedFit::weight).toArray();
        LeastSquaresBuilder problem = new LeastSquaresBuilder()
                .start(best)
                .target(new double[weights.length])
                .parameterValidator(BoundedFit::clamped)
                .maxEvaluations(ITERATIONS)
                .maxIterations(ITERATIONS)
                .model(point -> linearised(point, weights));
        try {
            OPTIMIZER.optimize(problem.build());
        } catch (MathRuntimeException kink) {
            // Kinks can keep it from converging; the best point seen stands.
        }
    }

    private Pair<RealVector, RealMatrix> linearised(RealVector point, double[] weights) {
        double[] u = point.toArray();
        double[] here = at(u);
        double cost = cost(here);
        if (cost < bestCost) {
            bestCost = cost;
            best = u.clone();
        }
        double[][] slopes = new double[here.length][u.length];
        for (int j = 0; j < u.length; j++) {
            double step = u[j] + STEP > 1 ? -STEP : STEP;
            double[] beside = u.clone();
            beside[j] += step;
            double[] there = at(beside);
            for (int i = 0; i < here.length; i++) {
                slopes[i][j] = weights[i] * (there[i] - here[i]) / step;
            }
        }
        for (int i = 0; i < here.length; i++) {
            here[i] *= weights[i];
        }
        return new Pair<>(new ArrayRealVector(here, false), new Array2DRowRealMatrix(slopes, false));
    }

    private static RealVector clamped(RealVector point) {
        return point.map(v -> Math.min(1, Math.max(0, v)));
    }

    /** Soft L1. */
    private static double cost(double[] residuals) {
        return Arrays.stream(residuals)
                .map(r -> Math.sqrt(1 + r * r / (TOLERANCE * TOLERANCE)) - 1)
                .sum();
    }

    private static double weight(double residual) {
        return Math.pow(1 + residual * residual / (TOLERANCE * TOLERANCE), -0.25);
    }

    /** Residuals of the rows, then of the prior. */
    private double[] at(double[] u) {
        double[] rows = residuals.apply(value(u));
        double[] all = Arrays.copyOf(rows, rows.length + u.length);
        for (int i = 0; i < u.length; i++) {
            all[rows.length + i] = PRIOR * (u[i] - prior[i]);
        }
        return all;
    }

    private double[] unit(double[] x) {
        double[] u = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            u[i] = Math.min(1, Math.max(0, (x[i] - low[i]) / (high[i] - low[i])));
        }
        return u;
    }

    private double[] value(double[] u) {
        double[] x = new double[u.length];
        for (int i = 0; i < u.length; i++) {
            x[i] = low[i] + u[i] * (high[i] - low[i]);
        }
        return x;
    }
}
