package dev.kneepoint.plan;

import static dev.kneepoint.plan.OpEvents.COMPUTED;
import static dev.kneepoint.plan.OpEvents.NONE;
import static dev.kneepoint.plan.OpEvents.REGATHERED;

import dev.kneepoint.workload.Recompute;

/**
 * Enumerates the ops inside one transformer layer. Memory-bound bytes are those of a well-fused implementation; kernel
 * counts are those of an eager one, 40 forward and 71 backward in an ordinary layer (counted from PyTorch traces).
 */
final class LayerEmitter {
    /** Backward memory-bound work against forward: gradients are read and written beside the saved values. */
    static final double BACKWARD_BYTES = 1.6;

    private final StepShape s;
    private final AttentionEmitter attention;
    private final FeedForwardEmitter feedForward;

    LayerEmitter(StepShape shape) {
        this.s = shape;
        this.attention = new AttentionEmitter(shape, this);
        this.feedForward = new FeedForwardEmitter(shape, this);
    }

    /**
     * The forward pass.
     *
     * @param again whether it is computed again in the backward pass
     * @param freshWeights whether weights changed or were gathered since the last pass
     */
    void forward(OpSink sink, boolean expertLayer, boolean again, boolean freshWeights) {
        int unit = unit(expertLayer, again, freshWeights, true, false, false);
        if (sink.unit(unit)) {
            return;
        }
        norm(sink, again ? "norm1-again" : "norm1", 4, 7, 1);
        tensorGather(sink, "tp-gather1");
        attention.forward(sink, again);
        tensorReduce(sink, "tp-reduce1");
        norm(sink, again ? "norm2-again" : "norm2", 4, 7, 1);
        if (!dispatches(expertLayer)) {
            tensorGather(sink, "tp-gather2");
        }
        feedForward.forward(sink, expertLayer, freshWeights);
        if (!dispatches(expertLayer)) {
            tensorReduce(sink, "tp-reduce2");
        }
        residual(sink, again ? NONE : COMPUTED, 1);
        sink.unitEnd(unit);
    }

    /**
     * The backward pass.
     *
     * @param inputs whether input gradients are computed
     * @param weights whether weight gradients are computed
     * @param freshWeights whether weights were gathered again
     */
    void backward(OpSink sink, boolean expertLayer, boolean inputs, boolean weights, boolean freshWeights) {
        int unit = unit(expertLayer, false, freshWeights, false, inputs, weights);
        if (sink.unit(unit)) {
            return;
        }
        if (inputs) {
            recompute(sink, expertLayer);
            if (!dispatches(expertLayer)) {
                tensorGather(sink, "tp-grad-gather2");
            }
        }
        regather(sink, weights && !dispatches(expertLayer), "tp-regather2");
        feedForward.backward(sink, expertLayer, inputs, weights, freshWeights);
        if (inputs) {
            if (!dispatches(expertLayer)) {
                tensorReduce(sink, "tp-grad-reduce2");
            }
            norm(sink, "norm2-grad", 4, 12, BACKWARD_BYTES);
            tensorGather(sink, "tp-grad-gather1");
        }
        regather(sink, weights, "tp-regather1");
        attention.backward(sink, inputs, weights);
        if (inputs) {
            tensorReduce(sink, "tp-grad-reduce1");
            norm(sink, "norm1-grad", 4, 12, BACKWARD_BYTES);
        }
        residual(sink, COMPUTED, inputs ? BACKWARD_BYTES : 0);
        sink.unitEnd(unit);
    }

    /** Whether weights are fresh matters only where they are cast. */
    private int unit(
            boolean expertLayer, boolean again, boolean fresh, boolean forward, boolean inputs, boolean weights) {
        return (expertLayer ? 1 : 0)
                | (again ? 2 : 0)
                | (fresh && s.quantised ? 4 : 0)
                | (forward ? 8 : 0)
                | (inputs ? 16 : 0)
                | (weights ? 32 : 0);
    }

    /** Routed tokens leave the rank that normalised them and come back to it, so tensor ranks need not share them. */
    private boolean dispatches(boolean expertLayer) {
        return expertLayer && s.expert > 1 && s.sequenceParallel && s.sharedFfn == 0;
    }

    private void recompute(OpSink sink, boolean expertLayer) {
        if (s.recompute == Recompute.FULL) {
            forward(sink, expertLayer, true, false);
        } else if (s.recompute == Recompute.SELECTIVE) {
            attention.core(sink, "attention-again", false);
        }
    }

    private void norm(OpSink sink, String name, double perHidden, double kernels, double factor) {
        double bytes = s.tokens * s.element() * perHidden * s.hidden * s.normShare() * factor;
        sink.memory(name, MemoryKind.NORM, bytes, 0, kernels, NONE, NONE);
    }

    private void residual(OpSink sink, int signal, double factor) {
        double bytes = s.tokens * s.element() * 2 * s.hidden * s.normShare() * factor;
        sink.memory("residual", MemoryKind.NORM, bytes, 0, factor == 0 ? 1 : 2 * factor, NONE, signal);
    }

    /** Forward product, or its gradient with respect to the input: the same weights, transposed. */
    void product(OpSink sink, String name, double n, double k, double kernels) {
        sink.matmul(name, s.tokens, n, k, 1, s.quantised, kernels, NONE, NONE);
    }

    void weightGradient(OpSink sink, String name, double n, double k, double kernels, int wait) {
        sink.matmul(name, k, n, s.tokens, 1, s.quantised, kernels, wait, NONE);
    }

    /** The event that a weight gradient waits for when its gathered input was not kept. */
    int savedInput() {
        return s.tensor > 1 && s.sequenceParallel ? REGATHERED : NONE;
    }

    void tensorGather(OpSink sink, String name) {
        if (s.tensor > 1 && s.sequenceParallel) {
            tensor(sink, name, CollectiveKind.ALL_GATHER);
        }
    }

    void tensorReduce(OpSink sink, String name) {
        if (s.tensor > 1) {
            tensor(sink, name, s.sequenceParallel ? CollectiveKind.REDUCE_SCATTER : CollectiveKind.ALL_REDUCE);
        }
    }

    private void regather(OpSink sink, boolean weights, String name) {
        if (weights && s.tensor > 1 && s.sequenceParallel) {
            sink.collective(
                    name,
                    CollectiveKind.ALL_GATHER,
                    GroupKind.TENSOR,
                    StreamKind.TENSOR,
                    activationBytes(),
                    1,
                    Overlap.HIDDEN,
                    NONE,
                    REGATHERED);
        }
    }

    private void tensor(OpSink sink, String name, CollectiveKind kind) {
        sink.collective(
                name, kind, GroupKind.TENSOR, StreamKind.TENSOR, activationBytes(), 1, Overlap.BLOCKING, NONE, NONE);
    }

    private double activationBytes() {
        return s.tokens * s.hidden * s.element();
    }
}
