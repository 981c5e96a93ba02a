package dev.kneepoint.plan;

import static dev.kneepoint.plan.OpEvents.NONE;

/** Enumerates the ops of one layer's feed-forward: dense, or routed and shared experts. */
final class FeedForwardEmitter {
    /** Constants, because the closed form enumerates ops without allocating. */
    private static final String[] DENSE = {"ffn-down-dgrad", "ffn-down-wgrad", "ffn-up-dgrad", "ffn-up-wgrad"};

    private static final String[] SHARED = {
        "shared-down-dgrad", "shared-down-wgrad", "shared-up-dgrad", "shared-up-wgrad"
    };

    private final StepShape s;
    private final LayerEmitter layer;

    FeedForwardEmitter(StepShape shape, LayerEmitter layer) {
        this.s = shape;
        this.layer = layer;
    }

    void forward(OpSink sink, boolean expertLayer, boolean freshWeights) {
        quantise(sink, expertLayer, 1, freshWeights);
        if (!expertLayer) {
            layer.product(sink, "ffn-up", s.gate * s.ffn, s.hidden, s.gate);
            activation(sink, "activation", s.tokens * s.ffn, 3, 1);
            layer.product(sink, "ffn-down", s.hidden, s.ffn, 1);
            return;
        }
        sink.matmul("router", s.tokens, s.experts, s.hidden, 1, false, 1, NONE, NONE);
        routing(sink, "dispatch", 4, 1);
        exchange(sink, "ep-dispatch");
        spread(sink, "ep-gather");
        grouped(sink, "experts-up", s.gate * expertWidth(), s.hidden);
        activation(sink, "activation", localTokens() * expertWidth(), 3, 1);
        grouped(sink, "experts-down", s.hidden, expertWidth());
        join(sink, "ep-reduce");
        exchange(sink, "ep-combine");
        if (s.sharedFfn > 0) {
            layer.product(sink, "shared-up", s.gate * s.sharedFfn, s.hidden, s.gate);
            activation(sink, "shared-activation", s.tokens * s.sharedFfn, 3, 1);
            layer.product(sink, "shared-down", s.hidden, s.sharedFfn, 1);
        }
    }

    void backward(OpSink sink, boolean expertLayer, boolean inputs, boolean weights, boolean freshWeights) {
        if (inputs) {
            quantise(sink, expertLayer, 1.5, freshWeights);
        }
        if (expertLayer) {
            expertsBackward(sink, inputs, weights);
        } else {
            pair(sink, DENSE, s.ffn, inputs, weights);
        }
    }

    private void pair(OpSink sink, String[] names, double width, boolean inputs, boolean weights) {
        if (inputs) {
            layer.product(sink, names[0], width, s.hidden, 1);
        }
        if (weights) {
            layer.weightGradient(sink, names[1], s.hidden, width, 1, NONE);
        }
        if (inputs) {
            activation(sink, "activation-grad", s.tokens * width, 6, LayerEmitter.BACKWARD_BYTES);
            layer.product(sink, names[2], s.hidden, s.gate * width, s.gate);
        }
        if (weights) {
            layer.weightGradient(sink, names[3], s.gate * width, s.hidden, s.gate, layer.savedInput());
        }
    }

    private void expertsBackward(OpSink sink, boolean inputs, boolean weights) {
        if (s.sharedFfn > 0) {
            pair(sink, SHARED, s.sharedFfn, inputs, weights);
        }
        double width = expertWidth();
        if (inputs) {
            exchange(sink, "ep-combine-grad");
            spread(sink, "ep-grad-gather");
            grouped(sink, "experts-down-dgrad", width, s.hidden);
        }
        if (weights) {
            groupedWeights(sink, "experts-down-wgrad", s.hidden, width);
        }
        if (inputs) {
            activation(sink, "activation-grad", localTokens() * width, 6, LayerEmitter.BACKWARD_BYTES);
            grouped(sink, "experts-up-dgrad", s.hidden, s.gate * width);
        }
        if (weights) {
            groupedWeights(sink, "experts-up-wgrad", s.gate * width, s.hidden);
        }
        if (inputs) {
            join(sink, "ep-grad-reduce");
            exchange(sink, "ep-dispatch-grad");
            routing(sink, "dispatch-grad", 8, LayerEmitter.BACKWARD_BYTES);
            sink.matmul("router-dgrad", s.tokens, s.hidden, s.experts, 1, false, 1, NONE, NONE);
        }
        if (weights) {
            sink.matmul("router-wgrad", s.hidden, s.experts, s.tokens, 1, false, 1, NONE, NONE);
        }
    }

    /** Routed token copies that this rank's experts compute on, with balanced routing. */
    private double localTokens() {
        return s.tokens / (s.tensor / s.expertTensor) * s.topK;
    }

    private double expertWidth() {
        return s.expertFfn / s.expertTensor;
    }

    private void grouped(OpSink sink, String name, double n, double k) {
        double count = s.experts / s.expert;
        sink.matmul(name, localTokens() / count, n, k, count, s.quantised, 1, NONE, NONE);
    }

    private void groupedWeights(OpSink sink, String name, double n, double k) {
        double count = s.experts / s.expert;
        sink.matmul(name, k, n, localTokens() / count, count, s.quantised, 1, NONE, NONE);
    }

    private void activation(OpSink sink, String name, double elements, double kernels, double factor) {
        double bytes = elements * (s.gate + 1) * s.element() * factor;
        sink.memory(name, MemoryKind.ACTIVATION, bytes, 0, kernels, NONE, NONE);
    }

    private void routing(OpSink sink, String name, double kernels, double factor) {
        double bytes = 6 * localTokens() * s.hidden * s.element() * factor;
        sink.memory(name, MemoryKind.ROUTING, bytes, s.experts / s.expert, kernels, NONE, NONE);
    }

    /** Casts of the whole layer; weights are cast when they are new, and kept for the other micro-batches. */
    private void quantise(OpSink sink, boolean expertLayer, double factor, boolean freshWeights) {
        if (s.quantised) {
            double wide = expertLayer ? s.sharedFfn * s.tokens + localTokens() * expertWidth() : s.ffn * s.tokens;
            double weights = s.denseWeights(expertLayer) + (expertLayer ? s.expertWeights() : 0);
            double bytes = (3 * s.hidden * s.tokens + 3 * wide) * 2 * factor + (freshWeights ? 3 * weights : 0);
            sink.memory("quantise", MemoryKind.CAST, bytes, 0, 6 * factor, NONE, NONE);
        }
    }

    private void exchange(OpSink sink, String name) {
        if (s.expert > 1) {
            double copies = s.sequenceParallel || s.expertTensor == 1 ? s.tokens / s.tensor : s.tokens;
            blocking(sink, name, CollectiveKind.ALL_TO_ALL, GroupKind.EXPERT, copies * s.topK);
        }
    }

    /** Experts that are split over tensor ranks want the copies of all of them. */
    private void spread(OpSink sink, String name) {
        if (splitsExperts() && s.sequenceParallel) {
            blocking(sink, name, CollectiveKind.ALL_GATHER, GroupKind.TENSOR, localTokens());
        }
    }

    private void join(OpSink sink, String name) {
        if (splitsExperts()) {
            CollectiveKind kind = s.sequenceParallel ? CollectiveKind.REDUCE_SCATTER : CollectiveKind.ALL_REDUCE;
            blocking(sink, name, kind, GroupKind.TENSOR, localTokens());
        }
    }

    private boolean splitsExperts() {
        return s.expert > 1 && s.expertTensor > 1;
    }

    private void blocking(OpSink sink, String name, CollectiveKind kind, GroupKind group, double copies) {
        double bytes = copies * s.hidden * s.element();
        sink.collective(name, kind, group, StreamKind.EXPERT, bytes, 1, Overlap.BLOCKING, NONE, NONE);
    }
}
