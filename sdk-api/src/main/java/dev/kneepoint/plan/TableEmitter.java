package dev.kneepoint.plan;

import static dev.kneepoint.plan.OpEvents.COMPUTED;
import static dev.kneepoint.plan.OpEvents.GATHERED;
import static dev.kneepoint.plan.OpEvents.NONE;

/** Emits what the vocabulary tables need: the embedding before the first layer, head and loss after the last. */
final class TableEmitter {
    private final StepShape s;
    private final LayerEmitter layer;

    TableEmitter(StepShape shape, LayerEmitter layer) {
        this.s = shape;
        this.layer = layer;
    }

    void embedding(OpSink sink, boolean gathers) {
        double bytes = 2 * s.tokens * s.hidden * s.element();
        sink.memory("embedding", MemoryKind.EMBEDDING, bytes, 0, 3, gathers ? GATHERED : NONE, NONE);
        layer.tensorReduce(sink, "embedding-reduce");
    }

    void embeddingGradient(OpSink sink, boolean inputs) {
        if (inputs) {
            layer.tensorGather(sink, "embedding-gather");
            double bytes = 3 * s.tokens * s.hidden * s.element();
            sink.memory("embedding-grad", MemoryKind.EMBEDDING, bytes, 0, 4, NONE, COMPUTED);
        }
    }

    void head(OpSink sink) {
        layer.tensorGather(sink, "head-gather");
        sink.matmul("head", s.tokens, s.vocabulary, s.hidden, 1, false, 2, NONE, NONE);
        sink.memory("loss", MemoryKind.LOSS, 8 * s.tokens * s.vocabulary, 0, 6, NONE, COMPUTED);
        if (s.tensor > 1) {
            sink.collective(
                    "loss-reduce",
                    CollectiveKind.ALL_REDUCE,
                    GroupKind.TENSOR,
                    StreamKind.TENSOR,
                    12 * s.tokens,
                    1,
                    Overlap.BLOCKING,
                    NONE,
                    NONE);
        }
    }

    void headGradient(OpSink sink, boolean inputs, boolean weights) {
        if (inputs) {
            sink.memory("loss-grad", MemoryKind.LOSS, 12 * s.tokens * s.vocabulary, 0, 6, NONE, NONE);
            sink.matmul("head-dgrad", s.tokens, s.hidden, s.vocabulary, 1, false, 1, NONE, NONE);
        }
        if (weights) {
            sink.matmul("head-wgrad", s.hidden, s.vocabulary, s.tokens, 1, false, 1, NONE, COMPUTED);
        }
        if (inputs) {
            layer.tensorReduce(sink, "head-reduce");
        }
    }
}
