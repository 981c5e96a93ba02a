package dev.kneepoint.samples.training;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.StepRecorder;
import dev.kneepoint.units.Checks;
import dev.kneepoint.units.Quantity;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import java.io.PrintStream;

/**
 * A training loop in plain Java on one core that reports its steps to a {@link StepRecorder} and prints the metrics.
 * What it needs of Kneepoint stands in {@link #run} and in the description of its work.
 */
public final class TrainingLoop {
    private static final int VOCABULARY = 64;
    private static final int HIDDEN = 64;
    private static final int INNER = 256;
    private static final int BATCH = 256;
    private static final int WARMUP = 10;
    private static final float RATE = 0.5f;
    private static final int SHOW_EVERY = 50;

    private TrainingLoop() {}

    /**
     * What a run gave.
     *
     * @param firstLoss cross-entropy of the first step, in nats
     * @param lastLoss cross-entropy of the last step, in nats
     * @param metrics the metrics of its steps
     */
    public record Outcome(double firstLoss, double lastLoss, ScalingMetrics metrics) {}

    /**
     * Trains for 300 steps, or as many as the first argument says.
     *
     * @param args the number of steps, or nothing
     */
    public static void main(String[] args) {
        print(run(args.length > 0 ? Integer.parseInt(args[0]) : 300, 1, System.out), System.out);
    }

    /**
     * Trains.
     *
     * @param steps how many, 11 to 1,000,000: the first ten warm up
     * @param seed of weights and data
     * @param log where the loss goes now and then
     * @return losses and metrics
     */
    public static Outcome run(int steps, long seed, PrintStream log) {
        Checks.range("steps", steps, WARMUP + 1, 1_000_000);
        TokenModel model = new TokenModel(VOCABULARY, HIDDEN, INNER, BATCH, seed);
        TokenStream data = new TokenStream(VOCABULARY, seed);
        int[] tokens = new int[BATCH];
        int[] successors = new int[BATCH];
        double first = 0;
        double loss = 0;
        StepRecorder recorder =
                StepRecorder.of(workload(), ClusterCatalog.get("local-cpu"), 1).withWarmup(WARMUP);
        for (int i = 0; i < steps; i++) {
            long began = recorder.begin();
            data.fill(tokens, successors);
            long computing = System.nanoTime();
            loss = model.step(tokens, successors, RATE);
            recorder.end(began, System.nanoTime() - computing, 0);
            first = i == 0 ? loss : first;
            if ((i + 1) % SHOW_EVERY == 0) {
                log.printf("step %d: loss %.3f%n", i + 1, loss);
            }
        }
        return new Outcome(first, loss, recorder.metrics());
    }

    private static void print(Outcome o, PrintStream out) {
        ScalingMetrics m = o.metrics();
        out.printf("loss %.3f, then %.3f%n", o.firstLoss(), o.lastLoss());
        out.printf(
                "step %s (5 %% below %s, 95 %% below %s, %d steps)%n",
                m.stepTime(), m.step().p5(), m.step().p95(), m.step().samples());
        out.printf("tokens/s %,.0f%n", m.tokensPerSecond());
        out.printf(
                "compute %s of the step%n",
                Quantity.percent(m.meanParts().compute() / m.meanParts().total()));
        m.utilization().ifPresent(u -> out.printf("MFU %s of %s%n", Quantity.percent(u.mfu()), u.peak()));
    }

    /**
     * The work in the terms of a transformer: it has no attention, which one head of size 1 over single tokens comes to
     * within 1 % of the operations.
     */
    private static TrainingWorkload workload() {
        TransformerModel model = TransformerModel.builder("token-mlp", 1, HIDDEN, 1)
                .headSize(1)
                .ffnHidden(INNER)
                .vocabulary(VOCABULARY)
                .build();
        Optimizer sgd = new Optimizer("sgd", 0, 12);
        return new TrainingWorkload(model, 1, BATCH, Precision.FP32, Recompute.NONE, sgd);
    }
}
