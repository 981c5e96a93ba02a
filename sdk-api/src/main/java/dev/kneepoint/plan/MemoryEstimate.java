package dev.kneepoint.plan;

import dev.kneepoint.profile.MemoryHabits;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;

/**
 * Peak memory of a device (Korthikanti et al., arXiv 2205.05198, derived from the op list so that grouped heads, gating
 * and width count): state by what the data kind shards, activations of the micro-batches in flight, logits, gathered
 * units. Reusable and thread-confined; {@link #of} is for callers who want values.
 */
public final class MemoryEstimate {
    private final StepShape s = new StepShape();
    private double weights;
    private double gradients;
    private double optimizer;
    private double activations;
    private double units;
    private double overhead;

    /** An estimate that must be computed before it is read. */
    public MemoryEstimate() {}

    /**
     * Memory of the fullest stage, by class.
     *
     * @param workload the workload
     * @param stack what the framework keeps
     * @param layout the resolved strategy
     * @return the classes
     */
    public static MemoryUse of(TrainingWorkload workload, SoftwareStack stack, Layout layout) {
        MemoryEstimate e = new MemoryEstimate();
        e.compute(workload, stack, layout);
        return new MemoryUse(
                Bytes.of(e.weights),
                Bytes.of(e.gradients),
                Bytes.of(e.optimizer),
                Bytes.of(e.activations),
                Bytes.of(e.units),
                Bytes.of(e.overhead));
    }

    /**
     * Computes without allocating.
     *
     * @param workload the workload
     * @param stack what the framework keeps
     * @param layout the resolved strategy
     * @return bytes of the fullest stage
     */
    public double compute(TrainingWorkload workload, SoftwareStack stack, Layout layout) {
        s.set(workload, stack, layout);
        int stages = layout.strategy().pipeline();
        double fullest = -1;
        int worst = 0;
        for (int stage = 0; stage < stages; stage++) {
            double bytes = stage(workload, stack, layout, stage);
            if (bytes > fullest) {
                fullest = bytes;
                worst = stage;
            }
        }
        return stage(workload, stack, layout, worst);
    }

    private double stage(TrainingWorkload workload, SoftwareStack stack, Layout layout, int stage) {
        int stages = layout.strategy().pipeline();
        boolean first = stage == 0;
        boolean last = stage == stages - 1;
        int layers = layout.stageLayers(stage) + (last ? s.multiTokenHeads : 0);
        int denseLayers = s.mixture ? Math.min(layers, first ? s.leadingDense : 0) : layers;
        int expertLayers = layers - denseLayers;
        double tables = (first ? 1 : 0) + (last && !(s.tied && first) ? 1 : 0);
        double dense =
                denseLayers * s.denseWeights(false) + expertLayers * s.denseWeights(true) + tables * s.tableWeights();
        double experts = expertLayers * s.expertWeights();
        state(workload, stack, layout, dense, experts);
        MemoryHabits habits = stack.memory();
        activations(habits, layout, stage, layers, denseLayers);
        overhead = habits.contextBytes() + habits.reserveFraction() * (activations + units);
        return weights + gradients + optimizer + activations + units + overhead;
    }

    private void state(TrainingWorkload workload, SoftwareStack stack, Layout layout, double dense, double experts) {
        DataKind kind = layout.strategy().data();
        boolean gathered = kind.shardsWeights() && layout.strategy().pipeline() > 1;
        double shard = kind == DataKind.DDP ? 1 : layout.shardRanks();
        double expertShard = kind == DataKind.DDP ? 1 : layout.expertDataRanks();
        double own = dense / shard + experts / expertShard;
        double all = dense + experts;
        boolean wholeWeights = !kind.shardsWeights();
        boolean wholeGradients = kind == DataKind.DDP
                || kind == DataKind.ZERO1
                || (kind.shardsWeights() && (gathered || stack.accumulateUnsharded()));
        var m = stack.memory();
        double resident =
                Math.max(m.weightBytes(), wholeWeights ? workload.precision().storageBytes() : 0);
        weights = resident * (wholeWeights ? all : own);
        gradients = m.gradientBytes() * (wholeGradients ? all : own);
        optimizer = workload.optimizer().stateBytes() * own;
        double unit = s.denseWeights(s.mixture) + (s.mixture ? s.expertWeights() : 0);
        double storage = workload.precision().storageBytes();
        units = 0;
        if (kind.shardsWeights()) {
            units = gathered ? storage * all : 2 * storage * unit + s.gradientBytes * unit + storage * s.tableWeights();
        }
    }

    private void activations(MemoryHabits habits, Layout layout, int stage, int layers, int denseLayers) {
        int stages = layout.strategy().pipeline();
        int chunks = layout.strategy().virtualStages();
        double m = layout.microBatches();
        double inFlight = switch (layout.strategy().schedule()) {
            case GPIPE -> m;
            case ONE_F_ONE_B -> Math.min(m, stages - stage);
            case ZERO_BUBBLE_H1 -> Math.min(m, stages);
            case INTERLEAVED ->
                Math.min(m, stages * (1 + (stages - 1.0) / (stages * (double) chunks)) - (double) stage / chunks);
        };
        double full = perLayer(false) * denseLayers + perLayer(true) * (layers - denseLayers);
        double inputs = 2 * s.tokens * s.hidden * (s.sequenceParallel ? 1 / s.tensor : 1) * layers;
        double kept = switch (s.recompute) {
            case NONE -> full;
            case SELECTIVE -> s.unfusedAttention ? full : habits.selectiveKept() * full;
            case FULL -> inputs;
        };
        double again = layers > 0 ? (full - kept) / layers : 0;
        double logits = stage == stages - 1 ? s.tokens * s.vocabulary * habits.logitBytes() : 0;
        activations = kept * inFlight + again + logits;
    }

    /** Bytes that one layer keeps of one micro-batch: inputs of norms, products, attention and activation. */
    private double perLayer(boolean expertLayer) {
        double residual = 4 * s.hidden * (s.sequenceParallel ? 1 / s.tensor : 1);
        double core = (2 * s.heads + 2 * s.kvHeads) * s.coreHeadSize;
        double wide = (s.gate + 1) * s.ffn;
        if (expertLayer) {
            double copies = s.topK * s.expertTensor / s.tensor;
            wide = (s.gate + 1) * (s.sharedFfn + copies * s.expertFfn / s.expertTensor) + 2 * copies * s.hidden;
        }
        double scores = s.unfusedAttention && s.recompute == Recompute.NONE
                ? 5 * s.heads * s.sequences * s.length / s.context * s.span
                : 0;
        return 2 * s.tokens * (residual + core + wide) + scores;
    }
}
