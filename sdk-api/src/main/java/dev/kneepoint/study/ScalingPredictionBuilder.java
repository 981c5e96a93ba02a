package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.kneepoint.analysis.KneeRule;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.calibration.MeasuredPoint;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Checks;
import java.util.List;

/** Builds a {@link ScalingPrediction}; thread-confined. */
@Incubating
public final class ScalingPredictionBuilder {
    final Scenario scenario;
    Scaling scaling = Scaling.WEAK;
    int batch = 1;
    List<Integer> devices = List.of(8, 16, 32, 64, 128, 256, 512, 1024, 2048);
    ParallelismStrategy strategy = ParallelismStrategy.parse("fsdp");
    List<MeasuredPoint> measured = List.of();
    double interval = 0.8;
    KneeRule rule = KneeRule.marginalReturn();
    CancellationToken cancellation = CancellationToken.none();

    ScalingPredictionBuilder(Scenario scenario) {
        this.scenario = scenario;
    }

    /**
     * Keeps the global batch while devices are added.
     *
     * @param globalBatch sequences per step, at least 1
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingPredictionBuilder strong(int globalBatch) {
        this.scaling = Scaling.STRONG;
        this.batch = Checks.range("global batch", globalBatch, 1, Integer.MAX_VALUE);
        return this;
    }

    /**
     * Keeps the batch per device while devices are added.
     *
     * @param localBatch sequences per device and step, at least 1
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingPredictionBuilder weak(int localBatch) {
        this.scaling = Scaling.WEAK;
        this.batch = Checks.range("local batch", localBatch, 1, Integer.MAX_VALUE);
        return this;
    }

    /**
     * Sets the sizes.
     *
     * @param sizes numbers of devices; sorted, doubles dropped
     * @return this
     * @throws IllegalArgumentException if there is none
     */
    @CanIgnoreReturnValue
    public ScalingPredictionBuilder devices(List<Integer> sizes) {
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException("a prediction needs at least one size");
        }
        this.devices = sizes.stream().distinct().sorted().toList();
        return this;
    }

    /**
     * Sets the strategy. Where it leaves the micro-batch open, each size takes that of the measured points if they agree
     * and it divides, else the quickest that fits.
     *
     * @param chosen the strategy
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingPredictionBuilder strategy(ParallelismStrategy chosen) {
        this.strategy = chosen;
        return this;
    }

    /**
     * Calibrates on measured steps of the same series.
     *
     * @param points the points; without any, the profiles are as shipped
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingPredictionBuilder measured(List<MeasuredPoint> points) {
        this.measured = ImmutableList.copyOf(points);
        return this;
    }

    /**
     * Sets what the intervals are to cover.
     *
     * @param share share of runs, 0.01..0.99; 0.8 unless set
     * @return this
     * @throws IllegalArgumentException if it is out of its range
     */
    @CanIgnoreReturnValue
    public ScalingPredictionBuilder interval(double share) {
        if (!(share >= 0.01 && share <= 0.99)) {
            throw new IllegalArgumentException(
                    "an interval covers a share of runs between 0.01 and 0.99, not " + share);
        }
        this.interval = share;
        return this;
    }

    /**
     * Chooses the rule of the knee.
     *
     * @param chosen the rule
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingPredictionBuilder kneeRule(KneeRule chosen) {
        this.rule = chosen;
        return this;
    }

    /**
     * Lets the host stop the prediction.
     *
     * @param token the token
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingPredictionBuilder cancellation(CancellationToken token) {
        this.cancellation = token;
        return this;
    }

    /**
     * Calibrates and predicts.
     *
     * @return the curve
     */
    public ScalingPrediction run() {
        return new CurvePredictor(this).run();
    }
}
