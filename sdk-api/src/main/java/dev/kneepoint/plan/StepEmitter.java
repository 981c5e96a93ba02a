package dev.kneepoint.plan;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.strategy.PipelineScheduleKind;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;

/**
 * Enumerates the ops of every segment of a configuration into an {@link OpSink}, without building objects. Configure,
 * then emit any segment any number of times. Reusable and thread-confined.
 */
public final class StepEmitter {
    private final StepShape s = new StepShape();
    private final LayerEmitter layer = new LayerEmitter(s);
    private final StateEmitter state = new StateEmitter(s);
    private final TableEmitter tables = new TableEmitter(s, layer);
    private final RunEmitter runs = new RunEmitter(layer, state);
    private PipelineScheduleKind schedule = PipelineScheduleKind.ONE_F_ONE_B;
    private List<Integer> chunkLayers = List.of();
    private int stages = 1;
    private int totalChunks = 1;

    /** An emitter that must be configured before use. */
    public StepEmitter() {}

    /**
     * Chooses the configuration.
     *
     * @param workload the workload
     * @param stack what the framework sends
     * @param layout the resolved strategy
     */
    public void configure(TrainingWorkload workload, SoftwareStack stack, Layout layout) {
        ParallelismStrategy strategy = layout.strategy();
        s.set(workload, stack, layout);
        schedule = strategy.schedule();
        chunkLayers = layout.chunkLayers();
        stages = strategy.pipeline();
        totalChunks = chunkLayers.size();
        state.set(stack, layout);
    }

    /**
     * Emits one segment.
     *
     * @param stage pipeline stage
     * @param chunk local chunk; ignored for {@link SegmentKind#STEP}
     * @param kind the segment
     * @param sink receives blocks and ops in issue order
     */
    public void emit(int stage, int chunk, SegmentKind kind, OpSink sink) {
        int global = chunk * stages + stage;
        switch (kind) {
            case FORWARD -> forward(sink, global, false);
            case FORWARD_FIRST -> forward(sink, global, true);
            case BACKWARD -> backward(sink, global, true, !splitsWeights(), false);
            case BACKWARD_LAST -> backward(sink, global, true, !splitsWeights(), true);
            case WEIGHT -> backward(sink, global, false, true, false);
            case WEIGHT_LAST -> backward(sink, global, false, true, true);
            case STEP -> step(sink, stage);
        }
    }

    private boolean splitsWeights() {
        return schedule == PipelineScheduleKind.ZERO_BUBBLE_H1;
    }

    /**
     * Layers of a chunk that have the model's dense feed-forward; the others have experts.
     *
     * @param global chunk in model order
     * @return 0 to the chunk's layers
     */
    public int denseLayersOf(int global) {
        int start = 0;
        for (int c = 0; c < global; c++) {
            start += chunkLayers.get(c);
        }
        return Math.clamp((long) s.leadingDense - start, 0, layers(global));
    }

    /** Transformer layers of a chunk, multi-token heads included. */
    private int layers(int global) {
        return chunkLayers.get(global) + (global == totalChunks - 1 ? s.multiTokenHeads : 0);
    }

    private void forward(OpSink sink, int global, boolean first) {
        boolean ends = global == totalChunks - 1;
        boolean early = gathersEarly(global);
        boolean gathers = state.gathers(first) && !early;
        int dense = denseLayersOf(global);
        int experts = layers(global) - dense;
        sink.block("enter", 1);
        if (global > 0) {
            transfer(sink, false, true);
        }
        if (state.gathers(first) && (global == 0 || ends)) {
            state.gatherRoot(sink, global == 0 && ends);
        }
        if (state.gathers(first) && early) {
            gatherChunk(sink, dense, experts);
        }
        if (global == 0) {
            tables.embedding(sink, gathers);
        }
        if (gathers) {
            state.gatherLayer(sink, dense == 0);
        }
        runs.emit(sink, "layer", dense, false, experts > 0, gathers, true, true, true, false, first);
        runs.emit(sink, "expert-layer", experts, true, false, gathers, true, true, true, false, first);
        sink.block("exit", 1);
        if (ends) {
            for (int i = 0; i <= s.multiTokenHeads; i++) {
                tables.head(sink);
            }
        } else {
            transfer(sink, true, true);
        }
    }

    /**
     * Whether a chunk's weights, gathered once a step, are there before its first activations: every stage starts to
     * gather when the step starts, and goes on to its next chunk while it computes or waits for the stages before it.
     */
    private boolean gathersEarly(int global) {
        return global > 0 && !state.gathersPerPass();
    }

    private void gatherChunk(OpSink sink, int dense, int experts) {
        if (dense > 0) {
            sink.block("gather-layers", dense);
            state.gatherLayer(sink, false);
        }
        if (experts > 0) {
            sink.block("gather-expert-layers", experts);
            state.gatherLayer(sink, true);
        }
        sink.block("start", 1);
    }

    private void backward(OpSink sink, int global, boolean inputs, boolean weights, boolean last) {
        boolean ends = global == totalChunks - 1;
        boolean gathers = inputs && state.gathersPerPass();
        boolean reduces = weights && state.reduces(last);
        int dense = denseLayersOf(global);
        int experts = layers(global) - dense;
        sink.block("enter", 1);
        if (inputs && !ends) {
            transfer(sink, false, false);
        }
        if (gathers) {
            state.gatherLayer(sink, experts > 0);
        }
        if (ends) {
            for (int i = 0; i <= s.multiTokenHeads; i++) {
                tables.headGradient(sink, inputs, weights);
            }
        }
        runs.emit(sink, "expert-layer", experts, true, dense > 0, gathers, false, inputs, weights, reduces, last);
        runs.emit(sink, "layer", dense, false, false, gathers, false, inputs, weights, reduces, last);
        sink.block("exit", 1);
        if (global == 0) {
            tables.embeddingGradient(sink, inputs);
        }
        if (reduces && (global == 0 || ends)) {
            state.reduceRoot(sink, global == 0 && ends, last);
        }
        if (inputs && global > 0) {
            transfer(sink, true, false);
        }
    }

    private void transfer(OpSink sink, boolean send, boolean towardsLast) {
        double share = s.sequenceParallel || s.tensor > 1 ? s.tensor : 1;
        sink.transfer(send ? "send" : "receive", send, towardsLast, s.tokens * s.hidden * s.element() / share);
    }

    private void step(OpSink sink, int stage) {
        double dense = 0;
        double experts = 0;
        for (int c = stage; c < totalChunks; c += stages) {
            int plain = denseLayersOf(c);
            int expertLayers = layers(c) - plain;
            dense += plain * s.denseWeights(false) + expertLayers * s.denseWeights(true);
            experts += expertLayers * s.expertWeights();
        }
        boolean first = stage == 0;
        boolean ends = stage == (totalChunks - 1) % stages;
        double copies = (first ? 1 : 0) + (ends && !(s.tied && first) ? 1 : 0);
        state.step(sink, dense + copies * s.tableWeights(), experts, s.tied && stages > 1 && (first || ends));
    }

    /**
     * The plainest kind of segment with the same ops, so that callers need not enumerate them twice.
     *
     * @param kind a kind
     * @return the kind itself, or that of an ordinary micro-batch
     */
    public SegmentKind plainest(SegmentKind kind) {
        if (s.quantised) {
            return kind;
        }
        return switch (kind) {
            case FORWARD_FIRST -> state.firstIsPlain() ? SegmentKind.FORWARD : kind;
            case BACKWARD_LAST -> state.lastIsPlain() ? SegmentKind.BACKWARD : kind;
            case WEIGHT_LAST -> state.lastIsPlain() ? SegmentKind.WEIGHT : kind;
            case FORWARD, BACKWARD, WEIGHT, STEP -> kind;
        };
    }

    /**
     * What data-parallel ranks send: layouts that differ only in their data kinds, shard groups and prefetching, but not
     * in this number, have the same ops.
     *
     * @return a number
     */
    @Incubating
    public long traffic() {
        return state.traffic();
    }

    /**
     * Into how many collectives data-parallel traffic is cut. Together with {@link #traffic()} it says what data-parallel
     * ranks send in a segment of given layers.
     *
     * @return collectives per byte
     */
    @Incubating
    public double callsPerByte() {
        return state.callsPerByte();
    }

    /**
     * Whether the passes of an ordinary micro-batch, neither the first nor the last, neither gather weights nor reduce
     * gradients, so that their ops do not depend on the data kind.
     *
     * @return true if so
     */
    @Incubating
    public boolean leavesPassesAlone() {
        return state.leavesPassesAlone();
    }

    /** Whether the data kind reduces once a step. */
    static boolean reducesOnce(DataKind kind, int stages, boolean accumulates) {
        return switch (kind) {
            case DDP, ZERO1 -> true;
            case ZERO2 -> false;
            case FSDP, HSDP -> stages > 1 || accumulates;
        };
    }
}
