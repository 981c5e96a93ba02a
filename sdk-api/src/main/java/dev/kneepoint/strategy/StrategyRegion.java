package dev.kneepoint.strategy;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The layouts of a {@link StrategySpace} that divide devices alike: degrees are set, and every combination of a shape, a
 * chunking that goes with it, and a sharing is a layout. Immutable; layouts are made when they are asked for.
 */
@Incubating
public final class StrategyRegion {
    private final ParallelismStrategy base;
    private final int devices;
    private final int dataParallel;
    private final List<Shape> shapes;
    private final List<Chunking> chunkings;
    private final List<Chunking> withoutInterleaving;
    private final List<Sharing> sharings;

    /**
     * What every micro-batch is like.
     *
     * @param microBatch sequences per micro-batch
     * @param microBatches micro-batches per step and data-parallel rank
     * @param recompute recomputation policy
     */
    public record Shape(int microBatch, int microBatches, Recompute recompute) {}

    /**
     * How layers become pipeline chunks, and in which order these run.
     *
     * @param virtualStages chunks per stage
     * @param schedule the schedule
     * @param split layers per chunk if they are not as even as can be, else empty
     * @param chunkLayers layers per chunk
     */
    public record Chunking(
            int virtualStages, PipelineScheduleKind schedule, List<Integer> split, List<Integer> chunkLayers) {
        /** Copies the lists. */
        public Chunking {
            split = ImmutableList.copyOf(split);
            chunkLayers = ImmutableList.copyOf(chunkLayers);
        }
    }

    /**
     * What data-parallel ranks shard.
     *
     * @param data the data kind
     * @param shardGroup ranks of a shard group with {@link DataKind#HSDP}, else 0
     * @param prefetch when sharded weights are gathered
     * @param shardRanks ranks that share state, see {@link Layout#shardRanks()}
     */
    public record Sharing(DataKind data, int shardGroup, Prefetch prefetch, int shardRanks) {}

    StrategyRegion(TrainingWorkload workload, ParallelismStrategy base, int devices, FixedParts fixed) {
        this.base = base;
        this.devices = devices;
        this.dataParallel = devices / (base.tensor() * base.pipeline() * base.context());
        this.shapes = SpaceParts.shapes(workload, base, devices, dataParallel, fixed);
        this.chunkings = SpaceParts.chunkings(workload.model().layers(), base.pipeline(), fixed);
        this.withoutInterleaving = chunkings.stream()
                .filter(c -> c.schedule() != PipelineScheduleKind.INTERLEAVED)
                .collect(ImmutableList.toImmutableList());
        this.sharings = SpaceParts.sharings(base, dataParallel * base.context(), fixed);
    }

    /**
     * The degrees that all its layouts have: tensor, sequence, pipeline, context and expert parallelism.
     *
     * @return a strategy whose other choices mean nothing
     */
    public ParallelismStrategy degrees() {
        return base;
    }

    /**
     * Its shapes, in a fixed order.
     *
     * @return at least none
     */
    public List<Shape> shapes() {
        return shapes;
    }

    /**
     * The chunkings that a shape allows: interleaving needs micro-batches in multiples of the stages. Those with the same
     * layers per chunk follow each other.
     *
     * @param shape a shape of this region
     * @return in a fixed order
     */
    public List<Chunking> chunkings(Shape shape) {
        return shape.microBatches() % base.pipeline() == 0 ? chunkings : withoutInterleaving;
    }

    /**
     * Its sharings, in a fixed order.
     *
     * @return at least none
     */
    public List<Sharing> sharings() {
        return sharings;
    }

    /**
     * How many layouts it holds.
     *
     * @return at least 0
     */
    public long size() {
        long chunked = 0;
        for (Shape s : shapes) {
            chunked += chunkings(s).size();
        }
        return chunked * sharings.size();
    }

    /**
     * One of its layouts.
     *
     * @param shape a shape of this region
     * @param chunking one that the shape allows
     * @param sharing a sharing of this region
     * @return the layout
     */
    public Layout layout(Shape shape, Chunking chunking, Sharing sharing) {
        ParallelismStrategy strategy = new ParallelismStrategy(
                sharing.data(),
                sharing.shardGroup(),
                base.tensor(),
                base.sequenceParallel(),
                base.pipeline(),
                chunking.virtualStages(),
                chunking.schedule(),
                base.context(),
                base.expert(),
                base.foldedExperts(),
                OptionalInt.of(shape.microBatch()),
                Optional.of(shape.recompute()),
                sharing.prefetch(),
                chunking.split(),
                ParallelismStrategy.DEFAULT_ORDER);
        return new Layout(
                strategy,
                devices,
                dataParallel,
                sharing.shardRanks(),
                shape.microBatch(),
                shape.microBatches(),
                chunking.chunkLayers(),
                shape.recompute());
    }
}
