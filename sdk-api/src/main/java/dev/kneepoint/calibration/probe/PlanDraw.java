package dev.kneepoint.calibration.probe;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Checks;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import java.util.List;
import java.util.Random;

/**
 * Draws legal plans of small models: one rank, and two ranks with data, fully sharded, tensor and pipeline parallelism,
 * in turn; width, heads, layers, lengths, vocabulary and micro-batches at random. The same plans for the same seed,
 * whatever the machine.
 *
 * @since 0.2
 */
@Incubating
public final class PlanDraw {
    private static final List<String> ON_ONE = List.of("ddp");
    private static final List<String> ON_TWO = List.of("ddp", "fsdp", "ddp,tp=2", "ddp,pp=2");
    private static final int[] HEADS = {2, 4, 8};
    private static final int[] HEAD_SIZES = {16, 32, 64};
    private static final int[] LENGTHS = {32, 48, 64, 96, 128, 192, 256};
    private static final int[] VOCABULARIES = {256, 512, 1000, 2048};
    private static final int[] FFN_FACTORS = {2, 3, 4};
    /** Model operations of a step and rank, at size 1: between a hundredth and a fifth of a second on one core. */
    private static final double LEAST_FLOPS = 5e7;

    private static final double MOST_FLOPS = 1e9;
    private static final int MOST_SIZE = 64;

    private final Random random;
    private final Precision precision;
    private final int size;

    private PlanDraw(long seed, Precision precision, int size) {
        this.random = new Random(seed);
        this.precision = precision;
        this.size = size;
    }

    /**
     * Draws plans.
     *
     * @param seed of the random numbers
     * @param count how many, 1 to 10,000
     * @param devices most ranks, at least 1; two are enough for every kind
     * @param precision number format
     * @param size factor on widths, 1 to 64: 1 suits a core, more suits faster devices; operations grow with its cube
     * @return the plans
     * @throws IllegalArgumentException if an argument is out of range
     */
    public static List<DrawnPlan> draw(long seed, int count, int devices, Precision precision, int size) {
        Checks.range("plans", count, 1, 10_000);
        Checks.range("devices", devices, 1, Integer.MAX_VALUE);
        Checks.range("size", size, 1, MOST_SIZE);
        PlanDraw draw = new PlanDraw(seed, precision, size);
        ImmutableList.Builder<DrawnPlan> out = ImmutableList.builder();
        int kinds = devices > 1 ? ON_ONE.size() + ON_TWO.size() : ON_ONE.size();
        for (int i = 0; i < count; i++) {
            int turn = i % kinds;
            boolean alone = turn < ON_ONE.size();
            String strategy = alone ? ON_ONE.get(turn) : ON_TWO.get(turn - ON_ONE.size());
            out.add(draw.plan(i, strategy, alone ? 1 : 2));
        }
        return out.build();
    }

    private DrawnPlan plan(int number, String strategy, int devices) {
        while (true) {
            int microBatch = 1 + random.nextInt(2);
            int microBatches = 1 + random.nextInt(4);
            ParallelismStrategy parsed = ParallelismStrategy.parse(strategy).toBuilder()
                    .microBatch(microBatch)
                    .build();
            int data = devices / (parsed.tensor() * parsed.pipeline());
            TransformerModel model = model(parsed.pipeline());
            TrainingWorkload w = new TrainingWorkload(
                    model, pick(LENGTHS), data * microBatch * microBatches, precision, Recompute.NONE, Optimizer.ADAMW);
            double cube = (double) size * size * size;
            double flops = ModelCounts.modelFlopsPerStep(w, FlopConvention.NON_CAUSAL) / devices / cube;
            boolean legal = Layout.of(w, parsed, devices) instanceof Feasibility.Feasible;
            if (legal && flops >= LEAST_FLOPS && flops <= MOST_FLOPS) {
                return new DrawnPlan(id(number, w, microBatch, microBatches), w, parsed, devices);
            }
        }
    }

    private TransformerModel model(int leastLayers) {
        int heads = size * pick(HEADS);
        int headSize = pick(HEAD_SIZES);
        int hidden = heads * headSize;
        int layers = leastLayers + random.nextInt(4);
        return TransformerModel.builder("drawn", layers, hidden, heads)
                .kvHeads(heads > 2 && random.nextInt(3) == 0 ? heads / 2 : heads)
                .ffnHidden(hidden * pick(FFN_FACTORS))
                .gatedFfn(random.nextBoolean())
                .vocabulary(pick(VOCABULARIES) * size)
                .tiedEmbeddings(random.nextBoolean())
                .build();
    }

    private int pick(int[] of) {
        return of[random.nextInt(of.length)];
    }

    private static String id(int number, TrainingWorkload w, int microBatch, int microBatches) {
        TransformerModel m = w.model();
        return String.format(
                java.util.Locale.ROOT,
                "%02d-l%d-h%d-a%d-kv%d-f%d%s-v%d-s%d-b%d-m%d",
                number,
                m.layers(),
                m.hidden(),
                m.heads(),
                m.kvHeads(),
                m.ffnHidden(),
                m.gatedFfn() ? "g" : "",
                m.vocabulary(),
                w.sequenceLength(),
                microBatch,
                microBatches);
    }
}
