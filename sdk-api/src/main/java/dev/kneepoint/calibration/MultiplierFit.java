package dev.kneepoint.calibration;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.CholeskyDecomposition;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;

/**
 * The most probable effects, given measured steps: soft-L1 loss on the logarithm of predicted over measured, Gaussian
 * priors on the effects, each in its own standard deviations. A run's multiplier is the product of the effects of the
 * groups that it belongs to. Gauss-Newton with the loss's weights, in the space of the runs rather than the effects: a
 * family has fewer runs than groups.
 */
final class MultiplierFit {
    /** Relative error of a step time that the model and the measurement leave, before anything is known of a series. */
    static final double NOISE = 0.03;

    private static final Multiplier[] KINDS = Multiplier.values();
    private static final double STEP = 0.02;
    private static final int MOST_ITERATIONS = 30;
    private static final double SETTLED = 1e-4;

    /** Beyond it a profile makes no sense any more, and a step must not leave it. */
    private static final double FARTHEST = 4;

    private final List<MeasuredPoint> points;
    private final List<int[]> memberships;
    private final List<Effect> effects;
    private final double noise;

    MultiplierFit(List<MeasuredPoint> points, List<int[]> memberships, List<Effect> effects, double noise) {
        this.points = points;
        this.memberships = memberships;
        this.effects = effects;
        this.noise = noise;
    }

    Fitted run() {
        double[] at = new double[effects.size()];
        Surroundings here = around(at);
        for (int i = 0; i < MOST_ITERATIONS && !points.isEmpty(); i++) {
            double[] step = step(here);
            double length = Arrays.stream(step).map(Math::abs).max().orElse(0);
            if (length < SETTLED) {
                break;
            }
            Surroundings next = around(moved(at, step, 1));
            for (double share = 0.5; next.cost() > here.cost() && share > 0.05; share /= 2) {
                next = around(moved(at, step, share));
            }
            if (next.cost() > here.cost()) {
                break;
            }
            here = next;
            at = next.at();
        }
        return fitted(here);
    }

    /** A given point instead of the best one. */
    Fitted at(double... x) {
        return fitted(around(x));
    }

    private static double[] moved(double[] from, double[] step, double share) {
        return IntStream.range(0, from.length)
                .mapToDouble(e -> Math.max(-FARTHEST, Math.min(FARTHEST, from[e] + share * step[e])))
                .toArray();
    }

    /**
     * The model around a point.
     *
     * @param at the point
     * @param residuals log of measured over predicted
     * @param slopes of log predicted by each effect
     * @param cost what is minimised
     */
    private record Surroundings(double[] at, double[] residuals, RealMatrix slopes, double cost) {}

    private Surroundings around(double[] x) {
        double[] residuals = new double[points.size()];
        double[][] slopes = new double[points.size()][x.length];
        IntStream.range(0, residuals.length).parallel().forEach(i -> {
            MeasuredPoint p = points.get(i);
            double[] logs = logs(effects, memberships.get(i), x);
            double here = p.logPredicted(multipliers(logs));
            residuals[i] = p.logSeconds() - here;
            double[] byKind = new double[KINDS.length];
            for (int k = 0; k < KINDS.length; k++) {
                logs[k] += STEP;
                byKind[k] = (p.logPredicted(multipliers(logs)) - here) / STEP;
                logs[k] -= STEP;
            }
            for (int e : memberships.get(i)) {
                slopes[i][e] =
                        effects.get(e).sigma() * byKind[effects.get(e).kind().ordinal()];
            }
        });
        double cost = 0.5 * Arrays.stream(x).map(v -> v * v).sum();
        for (double r : residuals) {
            cost += Math.sqrt(1 + r * r / (noise * noise)) - 1;
        }
        return new Surroundings(x, residuals, matrix(slopes, x.length), cost);
    }

    private static RealMatrix matrix(double[][] rows, int columns) {
        return rows.length == 0
                ? new Array2DRowRealMatrix(1, Math.max(1, columns))
                : new Array2DRowRealMatrix(rows, false);
    }

    /** Far residuals count less, as the loss has it. */
    private double variance(double residual) {
        double z = residual / noise;
        return noise * noise * Math.sqrt(1 + z * z);
    }

    /** To the best point of the linearised problem: {@code X' (X X' + V)^-1 (r + X x) - x}. */
    private double[] step(Surroundings s) {
        RealMatrix covariance = s.slopes().multiplyTransposed(s.slopes());
        double[] wanted = s.slopes().operate(s.at());
        for (int i = 0; i < wanted.length; i++) {
            covariance.addToEntry(i, i, variance(s.residuals()[i]));
            wanted[i] += s.residuals()[i];
        }
        double[] best = s.slopes()
                .transpose()
                .operate(new CholeskyDecomposition(covariance)
                        .getSolver()
                        .solve(new ArrayRealVector(wanted, false))
                        .toArray());
        return IntStream.range(0, best.length)
                .mapToDouble(e -> best[e] - s.at()[e])
                .toArray();
    }

    private Fitted fitted(Surroundings s) {
        return new Fitted(effects, s.at(), s.residuals(), s.slopes(), noise);
    }

    /** Logarithms of the multipliers of a run that belongs to some of the effects' groups. */
    static double[] logs(List<Effect> effects, int[] membership, double[] x) {
        double[] logs = new double[KINDS.length];
        for (int e : membership) {
            Effect effect = effects.get(e);
            logs[effect.kind().ordinal()] += effect.sigma() * x[e];
        }
        return logs;
    }

    static Multipliers multipliers(double[] logs) {
        return new Multipliers(Math.exp(logs[0]), Math.exp(logs[1]), Math.exp(logs[2]));
    }

    /**
     * Where a fit ended.
     *
     * @param effects what was fitted
     * @param at their values, in their prior standard deviations
     * @param residuals log of measured over predicted, point by point
     * @param slopes of log predicted, a row per point and a column per effect
     * @param noise relative error that was assumed
     */
    record Fitted(List<Effect> effects, double[] at, double[] residuals, RealMatrix slopes, double noise) {
        Multipliers multipliers(int[] membership) {
            return MultiplierFit.multipliers(logs(effects, membership, at));
        }

        /** Covariance of the effects, in their prior standard deviations, if a step time has an error of {@code sigma}. */
        RealMatrix covariance(double sigma) {
            RealMatrix information = slopes.transposeMultiply(slopes).scalarMultiply(1 / (sigma * sigma));
            return MatrixUtils.inverse(information.add(MatrixUtils.createRealIdentityMatrix(at.length)));
        }
    }
}
