package dev.kneepoint.strategy;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.units.Checks;
import dev.kneepoint.workload.Recompute;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A mix of parallel axes and the choices that go with them, independent of model and cluster: the data-parallel degree
 * is whatever the other axes leave. Immutable. Whether it suits a workload on a number of devices is answered by
 * {@link Layout#of}.
 *
 * @param data what data-parallel ranks shard
 * @param shardGroup ranks of a shard group with {@link DataKind#HSDP}; 0 otherwise
 * @param tensor tensor-parallel degree
 * @param sequenceParallel whether norms and residuals are sharded over the tensor ranks; false when tensor is 1
 * @param pipeline pipeline stages
 * @param virtualStages layer chunks per stage; above 1 only with the interleaved schedule
 * @param schedule order of forwards and backwards; {@link PipelineScheduleKind#ONE_F_ONE_B} without a pipeline
 * @param context context-parallel degree
 * @param expert expert-parallel degree, taken out of the tensor, context and data ranks
 * @param foldedExperts whether expert ranks may be tensor ranks, so that an expert lives whole on its ranks (parallel
 *     folding); else experts are split over the tensor group too, and their ranks come out of context and data ranks
 * @param microBatch sequences per micro-batch, empty to let the study choose
 * @param recompute recomputation policy, empty to take the workload's
 * @param prefetch when sharded weights are gathered
 * @param split layers per stage (chunk by chunk with virtual stages), empty for as even as can be
 * @param order axes from the fastest-changing rank digit to the slowest; a permutation of all four
 */
public record ParallelismStrategy(
        DataKind data,
        int shardGroup,
        int tensor,
        boolean sequenceParallel,
        int pipeline,
        int virtualStages,
        PipelineScheduleKind schedule,
        int context,
        int expert,
        boolean foldedExperts,
        OptionalInt microBatch,
        Optional<Recompute> recompute,
        Prefetch prefetch,
        List<Integer> split,
        List<Axis> order) {
    /** Tensor innermost, pipeline outermost. */
    public static final List<Axis> DEFAULT_ORDER =
            ImmutableList.of(Axis.TENSOR, Axis.CONTEXT, Axis.DATA, Axis.PIPELINE);

    static final int MAX_DEGREE = 1 << 20;

    /** Checks what can be checked without a workload. */
    public ParallelismStrategy {
        Checks.range("tp", tensor, 1, MAX_DEGREE);
        Checks.range("pp", pipeline, 1, MAX_DEGREE);
        Checks.range("vpp", virtualStages, 1, MAX_DEGREE);
        Checks.range("cp", context, 1, MAX_DEGREE);
        Checks.range("ep", expert, 1, MAX_DEGREE);
        if (microBatch.isPresent()) {
            Checks.range("mb", microBatch.getAsInt(), 1, 1 << 24);
        }
        split = ImmutableList.copyOf(split);
        order = ImmutableList.copyOf(order);
        StrategyChecks.check(
                data, shardGroup, tensor, sequenceParallel, pipeline, virtualStages, schedule, split, order);
    }

    /**
     * Parses the short text form, for example {@code fsdp}, {@code ddp,tp=8,pp=4,vpp=2} or {@code hsdp=8,tp=2}.
     *
     * @param spec the text; see {@link StrategySpec}
     * @return the strategy
     * @throws IllegalArgumentException with what is wrong and what would be right
     */
    public static ParallelismStrategy parse(String spec) {
        return StrategySpec.parse(spec);
    }

    /**
     * A builder with the defaults of the short text form: DDP, every degree 1.
     *
     * @return the builder
     */
    public static ParallelismStrategyBuilder builder() {
        return new ParallelismStrategyBuilder();
    }

    /**
     * A builder with this strategy's values.
     *
     * @return the builder
     */
    public ParallelismStrategyBuilder toBuilder() {
        return new ParallelismStrategyBuilder(this);
    }

    /**
     * The short text form, which {@link #parse} reads back to an equal strategy.
     *
     * @return for example {@code fsdp,tp=2}
     */
    public String spec() {
        return StrategySpec.format(this);
    }

    /** {@link #spec()}. */
    @Override
    public String toString() {
        return spec();
    }
}
