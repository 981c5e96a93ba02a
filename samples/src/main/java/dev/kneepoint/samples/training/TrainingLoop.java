package dev.kneepoint.samples.training;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.StepRecorder;
import dev.kneepoint.units.Quantity;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.SplittableRandom;

/** A loop that knows nothing of plans: it tells the recorder when a step begins and ends, and asks for metrics. */
public final class TrainingLoop {
    private static final int INPUTS = 16;
    private static final int HIDDEN = 32;
    private static final int BATCH = 64;

    private TrainingLoop() {}

    /**
     * What a loop ended with.
     *
     * @param firstLoss mean squared error before the first step
     * @param lastLoss the same before the last
     * @param metrics of its steps
     */
    public record Outcome(double firstLoss, double lastLoss, ScalingMetrics metrics) {}

    /**
     * Trains on made-up data.
     *
     * @param steps steps, more than 10, of which the first 10 are warm-up
     * @return losses and metrics
     */
    public static Outcome run(int steps) {
        // The recorder wants to know what a step is worth: here 64 samples are counted as sequences of one token.
        TrainingWorkload workload = new TrainingWorkload(
                ModelCatalog.get("tiny"), 1, BATCH, Precision.FP32, Recompute.NONE, Optimizer.ADAMW);
        StepRecorder recorder =
                StepRecorder.of(workload, ClusterCatalog.get("local-cpu"), 1).withWarmup(10);
        TwoLayerNet net = new TwoLayerNet(INPUTS, HIDDEN, 1);
        SplittableRandom random = new SplittableRandom(2);
        float[][] x = new float[BATCH][INPUTS];
        float[] y = new float[BATCH];
        double first = 0;
        double last = 0;
        for (int step = 0; step < steps; step++) {
            draw(random, x, y);
            long begun = recorder.begin();
            last = net.train(x, y, 0.1f);
            recorder.end(begun);
            first = step == 0 ? last : first;
        }
        return new Outcome(first, last, recorder.metrics());
    }

    /** The target is a product of two inputs, which no linear model can learn. */
    private static void draw(SplittableRandom random, float[][] x, float[] y) {
        for (int n = 0; n < x.length; n++) {
            for (int i = 0; i < INPUTS; i++) {
                x[n][i] = (float) (2 * random.nextDouble() - 1);
            }
            y[n] = x[n][0] + x[n][1] * x[n][2];
        }
    }

    /**
     * Runs 2,000 steps and prints what came of them.
     *
     * @param args none
     */
    public static void main(String[] args) {
        Outcome o = run(2_000);
        System.out.printf("loss %.4f to %.4f%n", o.firstLoss(), o.lastLoss());
        System.out.println("step " + o.metrics().stepTime() + ", p95 "
                + o.metrics().step().p95() + ", " + Quantity.si(o.metrics().tokensPerSecond(), "samples/s"));
    }
}
