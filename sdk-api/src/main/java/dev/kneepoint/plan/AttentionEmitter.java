package dev.kneepoint.plan;

import static dev.kneepoint.plan.OpEvents.NONE;

import dev.kneepoint.workload.LatentAttention;

/** Enumerates the ops of one layer's attention: projections, rotary embedding, context exchange, core. */
final class AttentionEmitter {
    private final StepShape s;
    private final LayerEmitter layer;

    AttentionEmitter(StepShape shape, LayerEmitter layer) {
        this.s = shape;
        this.layer = layer;
    }

    void forward(OpSink sink, boolean again) {
        LatentAttention l = s.latent;
        if (l == null) {
            layer.product(sink, "qkv", s.headSize * (s.heads + 2 * s.kvHeads), s.hidden, 3);
        } else {
            latentForward(sink, l);
        }
        rotary(sink, "rotary", 12, 1);
        exchange(sink, "cp-gather", CollectiveKind.ALL_GATHER);
        core(sink, again ? "attention-again" : "attention", false);
        layer.product(sink, "projection", s.hidden, valueWidth(), 1);
    }

    void backward(OpSink sink, boolean inputs, boolean weights) {
        if (inputs) {
            layer.product(sink, "projection-dgrad", valueWidth(), s.hidden, 1);
        }
        if (weights) {
            layer.weightGradient(sink, "projection-wgrad", s.hidden, valueWidth(), 1, NONE);
        }
        if (inputs) {
            exchange(sink, "cp-gather", CollectiveKind.ALL_GATHER);
            core(sink, "attention-grad", true);
            exchange(sink, "cp-scatter", CollectiveKind.REDUCE_SCATTER);
            rotary(sink, "rotary-grad", 16, LayerEmitter.BACKWARD_BYTES);
        }
        LatentAttention l = s.latent;
        if (l == null) {
            double width = s.headSize * (s.heads + 2 * s.kvHeads);
            if (inputs) {
                layer.product(sink, "qkv-dgrad", s.hidden, width, 3);
            }
            if (weights) {
                layer.weightGradient(sink, "qkv-wgrad", width, s.hidden, 3, layer.savedInput());
            }
        } else {
            latentBackward(sink, l, inputs, weights);
        }
    }

    void core(OpSink sink, String name, boolean backward) {
        if (s.unfusedAttention) {
            double bytes = 2 * s.sequences * s.heads * s.length / s.context * s.span;
            sink.memory(backward ? "scores-grad" : "scores", MemoryKind.SCORES, bytes, 0, backward ? 8 : 5, NONE, NONE);
        }
        sink.attention(
                name,
                s.sequences,
                s.length / s.context,
                s.length,
                s.span,
                s.heads,
                s.coreHeadSize,
                backward,
                backward ? 4 : 2);
    }

    private double valueWidth() {
        LatentAttention l = s.latent;
        return s.heads * (l == null ? s.headSize : l.valueHeadSize());
    }

    private void rotary(OpSink sink, String name, double kernels, double factor) {
        double width = 4 * (s.heads + s.kvHeads) * s.coreHeadSize;
        sink.memory(name, MemoryKind.ROTARY, s.tokens * s.element() * width * factor, 0, kernels, NONE, NONE);
    }

    /** Keys and values of the whole sequence meet the local queries; their gradients go back the same way. */
    private void exchange(OpSink sink, String name, CollectiveKind kind) {
        if (s.context > 1) {
            double bytes = 2 * s.sequences * s.length * s.kvHeads * s.coreHeadSize * s.element();
            sink.collective(name, kind, GroupKind.CONTEXT, StreamKind.CONTEXT, bytes, 1, Overlap.BLOCKING, NONE, NONE);
        }
    }

    private void latentForward(OpSink sink, LatentAttention l) {
        double query = s.heads * (l.nopeHeadSize() + l.ropeHeadSize());
        if (l.queryRank() > 0) {
            layer.product(sink, "q-down", l.queryRank(), s.hidden, 1);
            layer.product(sink, "q-up", query, l.queryRank(), 1);
        } else {
            layer.product(sink, "q", query, s.hidden, 1);
        }
        layer.product(sink, "kv-down", (double) l.keyValueRank() + l.ropeHeadSize(), s.hidden, 1);
        layer.product(sink, "kv-up", s.heads * (l.nopeHeadSize() + l.valueHeadSize()), l.keyValueRank(), 1);
    }

    private void latentBackward(OpSink sink, LatentAttention l, boolean inputs, boolean weights) {
        double query = s.heads * (l.nopeHeadSize() + l.ropeHeadSize());
        double kv = s.heads * (l.nopeHeadSize() + l.valueHeadSize());
        both(sink, "kv-up-dgrad", "kv-up-wgrad", kv, l.keyValueRank(), inputs, weights);
        both(
                sink,
                "kv-down-dgrad",
                "kv-down-wgrad",
                (double) l.keyValueRank() + l.ropeHeadSize(),
                s.hidden,
                inputs,
                weights);
        if (l.queryRank() > 0) {
            both(sink, "q-up-dgrad", "q-up-wgrad", query, l.queryRank(), inputs, weights);
            both(sink, "q-down-dgrad", "q-down-wgrad", l.queryRank(), s.hidden, inputs, weights);
        } else {
            both(sink, "q-dgrad", "q-wgrad", query, s.hidden, inputs, weights);
        }
    }

    private void both(OpSink sink, String dgrad, String wgrad, double n, double k, boolean inputs, boolean weights) {
        if (inputs) {
            layer.product(sink, dgrad, k, n, 1);
        }
        if (weights) {
            layer.weightGradient(sink, wgrad, n, k, 1, layer.savedInput());
        }
    }
}
