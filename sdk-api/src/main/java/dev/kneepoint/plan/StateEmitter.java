package dev.kneepoint.plan;

import static dev.kneepoint.plan.OpEvents.COMPUTED;
import static dev.kneepoint.plan.OpEvents.EXPERTS_GATHERED;
import static dev.kneepoint.plan.OpEvents.GATHERED;
import static dev.kneepoint.plan.OpEvents.NONE;
import static dev.kneepoint.plan.OpEvents.REDUCED;

import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.profile.UpdateSharing;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.Prefetch;

/** Enumerates what data-parallel ranks do with weights, gradients and optimizer state. */
final class StateEmitter {
    private final StepShape s;
    private DataKind data = DataKind.DDP;
    private Prefetch prefetch = Prefetch.PRE;
    private boolean reducesOnce;
    private boolean pipelined;
    private double dataRanks = 1;
    private double shardRanks = 1;
    private double replicas = 1;
    private double expertDataRanks = 1;
    private double devices = 1;
    private double callsPerByte;
    private boolean sharesAfterwards;
    private boolean broadcasts;
    private boolean scatterBlocks;

    StateEmitter(StepShape shape) {
        this.s = shape;
    }

    void set(SoftwareStack stack, Layout layout) {
        var strategy = layout.strategy();
        data = strategy.data();
        prefetch = strategy.prefetch();
        pipelined = strategy.pipeline() > 1;
        reducesOnce = StepEmitter.reducesOnce(data, strategy.pipeline(), stack.accumulateUnsharded());
        dataRanks = (double) layout.dataParallel() * strategy.context();
        shardRanks = data == DataKind.DDP ? dataRanks : layout.shardRanks();
        replicas = dataRanks / shardRanks;
        expertDataRanks = layout.expertDataRanks();
        devices = layout.devices();
        UpdateSharing updates = stack.communication().updates();
        boolean sharded = (data == DataKind.ZERO1 || data == DataKind.ZERO2) && shardRanks > 1;
        sharesAfterwards = sharded && updates != UpdateSharing.PREFETCHED;
        broadcasts = updates == UpdateSharing.BROADCAST;
        scatterBlocks = sharded && data == DataKind.ZERO1 && stack.overlap().scatterBlocks();
        double weights = layout.stageLayers(0) * s.denseWeights(s.mixture) + s.tableWeights();
        callsPerByte = Math.max(1 / (s.gradientBytes * weights), 1 / s.bucketBytes);
    }

    Prefetch prefetch() {
        return prefetch;
    }

    /** Whether weights are gathered before every pass, not once a step. */
    boolean gathersPerPass() {
        return data.shardsWeights() && !pipelined && shardRanks > 1;
    }

    /** Two layouts that differ only in their data kinds, shard groups and prefetching, but not in this, send the same. */
    long traffic() {
        boolean perPass = gathersPerPass();
        int bits = (data == DataKind.DDP ? 1 : 0)
                | (perPass ? 2 : 0)
                | (gathers(true) ? 4 : 0)
                | (gathers(false) ? 8 : 0)
                | (reducesOnce ? 16 : 0)
                | (sharesAfterwards ? 32 : 0)
                | (broadcasts ? 64 : 0)
                | (scatterBlocks ? 128 : 0)
                | (perPass ? prefetch.ordinal() << 8 : 0);
        return (long) shardRanks << 10 | bits;
    }

    /** Buckets per byte of gradients or weights. */
    double callsPerByte() {
        return callsPerByte;
    }

    /** Whether an ordinary micro-batch neither gathers nor reduces anything. */
    boolean leavesPassesAlone() {
        return !gathersPerPass() && reducesOnce;
    }

    /** Whether every pass gathers weights that must be quantised then, because they do not travel quantised. */
    boolean gathersWide() {
        return gathersPerPass() && s.gatherBytes > 1;
    }

    /** Whether a forward pass gathers weights; what ZeRO-1 and 2 updated is gathered under the next forward pass. */
    boolean gathers(boolean first) {
        return shardRanks > 1 && data != DataKind.DDP && !sharesAfterwards && (gathersPerPass() || first);
    }

    /** Whether the first forward pass gathers what every forward pass does. */
    boolean firstIsPlain() {
        return gathers(true) == gathers(false);
    }

    /** Whether the last backward pass reduces what every backward pass does. */
    boolean lastIsPlain() {
        boolean alone = dataRanks == 1 && expertDataRanks == 1;
        return alone || (!reducesOnce && replicas == 1);
    }

    boolean reduces(boolean last) {
        return last || !reducesOnce;
    }

    /** Waits for the unit's weights before the next unit's gather reuses the event. */
    void unitReady(OpSink sink, boolean expertLayer) {
        boolean experts = expertLayer && expertDataRanks > 1;
        sink.memory("unit", MemoryKind.NORM, 0, 0, 2, GATHERED, NONE);
        if (experts) {
            sink.memory("unit-experts", MemoryKind.NORM, 0, 0, 1, EXPERTS_GATHERED, NONE);
        }
    }

    void gatherLayer(OpSink sink, boolean expertLayer) {
        gather(sink, "gather", GroupKind.DATA, s.denseWeights(expertLayer), GATHERED);
        if (expertLayer && expertDataRanks > 1) {
            gather(sink, "gather-experts", GroupKind.EXPERT_DATA, s.expertWeights(), EXPERTS_GATHERED);
        }
    }

    void gatherRoot(OpSink sink, boolean both) {
        gather(sink, "gather-root", GroupKind.DATA, rootWeights(both), GATHERED);
    }

    private void gather(OpSink sink, String name, GroupKind group, double weights, int signal) {
        StreamKind stream = gathersPerPass() ? StreamKind.SHARD : StreamKind.GRADIENT;
        double calls = gathersPerPass() ? s.collectivesPerUnit : calls(weights);
        double bytes = s.gatherBytes * weights;
        sink.collective(
                name, CollectiveKind.ALL_GATHER, group, stream, bytes, calls, Overlap.PREFETCHED, COMPUTED, signal);
    }

    void reduceLayer(OpSink sink, boolean expertLayer, boolean last) {
        reduce(sink, "reduce", s.denseWeights(expertLayer), last);
        if (expertLayer && expertDataRanks > 1) {
            CollectiveKind kind = data == DataKind.DDP ? CollectiveKind.ALL_REDUCE : CollectiveKind.REDUCE_SCATTER;
            emit(sink, "reduce-experts", kind, GroupKind.EXPERT_DATA, s.expertWeights(), COMPUTED);
        }
    }

    void reduceRoot(OpSink sink, boolean both, boolean last) {
        reduce(sink, "reduce-root", rootWeights(both), last);
    }

    private void reduce(OpSink sink, String name, double weights, boolean last) {
        if (shardRanks > 1) {
            CollectiveKind kind = data == DataKind.DDP ? CollectiveKind.ALL_REDUCE : CollectiveKind.REDUCE_SCATTER;
            emit(sink, name, kind, GroupKind.DATA, weights, COMPUTED);
        }
        if (replicas > 1 && last) {
            int wait = shardRanks > 1 ? REDUCED : COMPUTED;
            emitReplica(sink, "reduce-replicas", weights / shardRanks, wait);
        }
    }

    /** What is reduced per micro-batch must have left its buffer before the next one fills it. */
    private void emit(OpSink sink, String name, CollectiveKind kind, GroupKind group, double weights, int wait) {
        StreamKind stream = reducesOnce ? StreamKind.GRADIENT : StreamKind.SHARD;
        double calls = gathersPerPass() ? s.collectivesPerUnit : calls(weights);
        double bytes = s.gradientBytes * weights;
        Overlap overlap = scatterBlocks ? Overlap.BLOCKING : Overlap.PREFETCHED;
        sink.collective(name, kind, group, stream, bytes, calls, overlap, wait, REDUCED);
    }

    private void emitReplica(OpSink sink, String name, double weights, int wait) {
        sink.collective(
                name,
                CollectiveKind.ALL_REDUCE,
                GroupKind.REPLICA,
                StreamKind.GRADIENT,
                s.gradientBytes * weights,
                1,
                Overlap.HIDDEN,
                wait,
                REDUCED);
    }

    private double calls(double weights) {
        return s.gradientBytes * weights * callsPerByte;
    }

    private double rootWeights(boolean both) {
        return s.tableWeights() * (both && !s.tied ? 2 : 1);
    }

    /** Local share of parameters that a rank's optimizer updates. */
    double owned(double dense, double experts) {
        double denseShare = data == DataKind.DDP ? 1 : shardRanks;
        double expertShare = data == DataKind.DDP ? 1 : expertDataRanks;
        return dense / denseShare + experts / expertShare;
    }

    void step(OpSink sink, double dense, double experts, boolean embeddings) {
        sink.block("step", 1);
        if (embeddings) {
            sink.collective(
                    "embedding-reduce",
                    CollectiveKind.ALL_REDUCE,
                    GroupKind.EMBEDDING,
                    StreamKind.PIPELINE,
                    s.gradientBytes * s.tableWeights(),
                    1,
                    Overlap.BLOCKING,
                    NONE,
                    NONE);
        }
        double own = owned(dense, experts);
        sink.memory("gradient-ready", MemoryKind.NORM, 0, 0, 1, REDUCED, NONE);
        if (devices > 1) {
            sink.collective(
                    "gradient-norm",
                    CollectiveKind.ALL_REDUCE,
                    GroupKind.WORLD,
                    StreamKind.GRADIENT,
                    4,
                    1,
                    Overlap.BLOCKING,
                    NONE,
                    NONE);
        }
        sink.optimizer("optimizer", own, own * s.optimizerBytes, NONE);
        share(sink, "share-updates", GroupKind.DATA, dense, shardRanks);
        share(sink, "share-experts", GroupKind.EXPERT_DATA, experts, expertDataRanks);
    }

    private void share(OpSink sink, String name, GroupKind group, double weights, double owners) {
        if (sharesAfterwards && weights > 0 && owners > 1) {
            CollectiveKind kind = broadcasts ? CollectiveKind.BROADCAST : CollectiveKind.ALL_GATHER;
            double calls = broadcasts ? owners : 1;
            double bytes = s.gatherBytes * weights;
            sink.collective(name, kind, group, StreamKind.GRADIENT, bytes, calls, Overlap.BLOCKING, NONE, NONE);
        }
    }
}
