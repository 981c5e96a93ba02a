package dev.kneepoint.strategy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.kneepoint.workload.Recompute;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Builds a {@link ParallelismStrategy}; thread-confined. Unless set, sequence parallelism is on when the tensor degree
 * is above 1, and the schedule is interleaved when there are virtual stages.
 */
public final class ParallelismStrategyBuilder {
    private DataKind data = DataKind.DDP;
    private int shardGroup;
    private int tensor = 1;
    private Optional<Boolean> sequenceParallel = Optional.empty();
    private int pipeline = 1;
    private int virtualStages = 1;
    private Optional<PipelineScheduleKind> schedule = Optional.empty();
    private int context = 1;
    private int expert = 1;
    private boolean foldedExperts = true;
    private OptionalInt microBatch = OptionalInt.empty();
    private Optional<Recompute> recompute = Optional.empty();
    private Prefetch prefetch = Prefetch.PRE;
    private List<Integer> split = List.of();
    private List<Axis> order = ParallelismStrategy.DEFAULT_ORDER;

    ParallelismStrategyBuilder() {}

    ParallelismStrategyBuilder(ParallelismStrategy s) {
        data = s.data();
        shardGroup = s.shardGroup();
        tensor = s.tensor();
        sequenceParallel = Optional.of(s.sequenceParallel());
        pipeline = s.pipeline();
        virtualStages = s.virtualStages();
        schedule = Optional.of(s.schedule());
        context = s.context();
        expert = s.expert();
        foldedExperts = s.foldedExperts();
        microBatch = s.microBatch();
        recompute = s.recompute();
        prefetch = s.prefetch();
        split = s.split();
        order = s.order();
    }

    /**
     * Sets the data kind; {@link #hsdp} sets the hybrid kind with its group.
     *
     * @param kind what data-parallel ranks shard
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder data(DataKind kind) {
        this.data = kind;
        this.shardGroup = 0;
        return this;
    }

    /**
     * Shards inside groups and replicates across them.
     *
     * @param ranks ranks of a shard group
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder hsdp(int ranks) {
        this.data = DataKind.HSDP;
        this.shardGroup = ranks;
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#tensor()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder tensor(int value) {
        this.tensor = value;
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#sequenceParallel()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder sequenceParallel(boolean value) {
        this.sequenceParallel = Optional.of(value);
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#pipeline()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder pipeline(int value) {
        this.pipeline = value;
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#virtualStages()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder virtualStages(int value) {
        this.virtualStages = value;
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#schedule()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder schedule(PipelineScheduleKind value) {
        this.schedule = Optional.of(value);
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#context()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder context(int value) {
        this.context = value;
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#expert()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder expert(int value) {
        this.expert = value;
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#foldedExperts()}.
     *
     * @param value whether expert ranks may be tensor ranks; true unless set
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder foldedExperts(boolean value) {
        this.foldedExperts = value;
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#microBatch()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder microBatch(int value) {
        this.microBatch = OptionalInt.of(value);
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#recompute()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder recompute(Recompute value) {
        this.recompute = Optional.of(value);
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#prefetch()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder prefetch(Prefetch value) {
        this.prefetch = value;
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#split()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder split(List<Integer> value) {
        this.split = List.copyOf(value);
        return this;
    }

    /**
     * Sets {@link ParallelismStrategy#order()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public ParallelismStrategyBuilder order(List<Axis> value) {
        this.order = List.copyOf(value);
        return this;
    }

    /**
     * The strategy.
     *
     * @return the strategy
     * @throws IllegalArgumentException with what is wrong and what would be right
     */
    public ParallelismStrategy build() {
        PipelineScheduleKind chosen = schedule.orElse(
                virtualStages > 1 && pipeline > 1
                        ? PipelineScheduleKind.INTERLEAVED
                        : PipelineScheduleKind.ONE_F_ONE_B);
        return new ParallelismStrategy(
                data,
                shardGroup,
                tensor,
                sequenceParallel.orElse(tensor > 1),
                pipeline,
                virtualStages,
                chosen,
                context,
                expert,
                foldedExperts,
                microBatch,
                recompute,
                prefetch,
                split,
                order);
    }
}
