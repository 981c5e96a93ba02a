package dev.kneepoint.strategy;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;

/**
 * A strategy resolved for a workload on a number of devices: every degree is known and divides. Immutable.
 *
 * @param strategy the strategy, its micro-batch resolved
 * @param devices devices in all
 * @param dataParallel data-parallel degree: devices over tensor, pipeline and context degrees
 * @param shardRanks ranks over which optimizer state (and with FSDP all state) is sharded: context times data ranks,
 *     or the shard group with HSDP, or 1 with DDP
 * @param microBatch sequences per micro-batch
 * @param microBatches micro-batches per step and data-parallel rank
 * @param chunkLayers transformer layers of each chunk in model order; chunk c belongs to stage {@code c % pipeline}
 * @param recompute the policy that applies
 */
public record Layout(
        ParallelismStrategy strategy,
        int devices,
        int dataParallel,
        int shardRanks,
        int microBatch,
        int microBatches,
        List<Integer> chunkLayers,
        Recompute recompute) {
    /** Copies the split. */
    public Layout {
        chunkLayers = ImmutableList.copyOf(chunkLayers);
    }

    /**
     * Resolves a strategy.
     *
     * @param workload the workload
     * @param strategy the strategy; its micro-batch must be set, or 1 is taken
     * @param devices devices in all
     * @return the layout, or what is wrong and the nearest legal choice
     */
    public static Feasibility of(TrainingWorkload workload, ParallelismStrategy strategy, int devices) {
        return LayoutResolver.resolve(workload, strategy, devices);
    }

    /**
     * The micro-batches that a data-parallel rank could be given: the divisors of its share of the global batch.
     *
     * @param workload the workload
     * @param strategy the strategy; its own micro-batch is ignored
     * @param devices devices in all
     * @return ascending; empty if the batch or the degrees do not divide
     */
    public static List<Integer> microBatchChoices(
            TrainingWorkload workload, ParallelismStrategy strategy, int devices) {
        return LayoutResolver.microBatchChoices(workload, strategy, devices);
    }

    /**
     * Layers of one stage, all its chunks.
     *
     * @param stage 0 to pipeline - 1
     * @return transformer layers
     */
    public int stageLayers(int stage) {
        int layers = 0;
        for (int c = stage; c < chunkLayers.size(); c += strategy.pipeline()) {
            layers += chunkLayers.get(c);
        }
        return layers;
    }

    /**
     * Tensor-parallel degree of the experts: the whole tensor group without expert parallelism or folding, else 1 (each
     * expert lives whole on its ranks).
     *
     * @return the degree
     */
    public int expertTensor() {
        return strategy.expert() == 1 || !strategy.foldedExperts() ? strategy.tensor() : 1;
    }

    /**
     * Ranks that hold the same experts: data, context and tensor ranks over expert ranks.
     *
     * @return the size of the expert-data group
     */
    public int expertDataRanks() {
        return dataParallel * strategy.context() * strategy.tensor() / (strategy.expert() * expertTensor());
    }
}
