package dev.kneepoint.calibration;

import java.util.stream.IntStream;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.random.CorrelatedRandomVectorGenerator;
import org.hipparchus.random.GaussianRandomGenerator;
import org.hipparchus.random.Well19937c;
import org.hipparchus.stat.descriptive.rank.Percentile;

/**
 * Where measured steps may lie around a calibrated prediction: draws of the multipliers from what the points leave open,
 * each with an error of its own, which grows with the distance from the largest measured size. The same draws serve
 * every prediction, so that curves are smooth and repeatable.
 */
final class Spread {
    /**
     * Standard deviation of log measured over predicted on families of published runs that the profiles were not fitted
     * on, a family left out at a time: a median error of 9 %, and nine in ten within 20 %.
     */
    static final double SHIPPED = 0.13;

    /** What a doubling beyond the largest measured size adds to the model's own error, seen on published series. */
    private static final double PER_DOUBLING = 0.012;

    private static final int DRAWS = 200;
    private static final int SEED = 2411_13055;
    private static final double SINGULAR = 1e-12;

    private final Multipliers[] multipliers = new Multipliers[DRAWS];
    private final double[] errors = new double[DRAWS];
    private final double noise;
    private final int largest;

    Spread(MultiplierFit.Fitted fitted, RealMatrix covariance, double noise, int largest) {
        this.noise = noise;
        this.largest = largest;
        Well19937c random = new Well19937c(SEED);
        CorrelatedRandomVectorGenerator draws = new CorrelatedRandomVectorGenerator(
                fitted.at(), covariance, SINGULAR, new GaussianRandomGenerator(random));
        int[] all = IntStream.range(0, fitted.at().length).toArray();
        for (int d = 0; d < DRAWS; d++) {
            multipliers[d] = MultiplierFit.multipliers(MultiplierFit.logs(fitted.effects(), all, draws.nextVector()));
            errors[d] = random.nextGaussian();
        }
    }

    StepInterval around(double seconds, MeasuredPoint target, double level) {
        double beyond = Math.max(0, Math.log((double) target.devices() / largest) / Math.log(2));
        double sigma = Math.hypot(noise, PER_DOUBLING * beyond);
        double[] logs = IntStream.range(0, DRAWS)
                .parallel()
                .mapToDouble(d -> target.logPredicted(multipliers[d]) + sigma * errors[d])
                .toArray();
        Percentile percentile = new Percentile().withEstimationType(Percentile.EstimationType.R_7);
        percentile.setData(logs);
        double low = Math.exp(percentile.evaluate(50 * (1 - level)));
        double high = Math.exp(percentile.evaluate(50 * (1 + level)));
        return new StepInterval(seconds, Math.min(low, seconds), Math.max(high, seconds));
    }
}
