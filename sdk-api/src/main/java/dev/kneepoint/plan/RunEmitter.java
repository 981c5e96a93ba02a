package dev.kneepoint.plan;

import dev.kneepoint.strategy.Prefetch;

/** Emits runs of equal layers, each with the gathers of weights before it and the reductions of gradients behind. */
final class RunEmitter {
    private final LayerEmitter layer;
    private final StateEmitter state;

    RunEmitter(LayerEmitter layer, StateEmitter state) {
        this.layer = layer;
        this.state = state;
    }

    /** A run of equal layers; the last one stands alone, since what it prefetches differs. */
    void emit(
            OpSink sink,
            String name,
            int count,
            boolean expertLayer,
            boolean otherKindFollows,
            boolean gathers,
            boolean forward,
            boolean inputs,
            boolean weights,
            boolean reduces,
            boolean edge) {
        int folded = gathers ? count - 1 : count;
        if (folded > 0) {
            sink.block(name, folded);
            unit(sink, expertLayer, gathers, gathers, expertLayer, forward, inputs, weights, reduces, edge);
        }
        if (gathers && count > 0) {
            sink.block(expertLayer ? "expert-layer-last" : "layer-last", 1);
            unit(sink, expertLayer, true, otherKindFollows, !expertLayer, forward, inputs, weights, reduces, edge);
        }
    }

    private void unit(
            OpSink sink,
            boolean expertLayer,
            boolean gathers,
            boolean prefetches,
            boolean nextHasExperts,
            boolean forward,
            boolean inputs,
            boolean weights,
            boolean reduces,
            boolean edge) {
        Prefetch policy = state.prefetch();
        if (gathers) {
            state.unitReady(sink, expertLayer);
            if (prefetches && (policy == Prefetch.PRE || (forward && policy == Prefetch.POST))) {
                state.gatherLayer(sink, nextHasExperts);
            }
        }
        if (forward) {
            layer.forward(sink, expertLayer, false, edge || state.gathersWide());
        } else {
            layer.backward(sink, expertLayer, inputs, weights, state.gathersWide());
        }
        if (prefetches && (policy == Prefetch.NONE || (!forward && policy == Prefetch.POST))) {
            state.gatherLayer(sink, nextHasExperts);
        }
        if (reduces) {
            state.reduceLayer(sink, expertLayer, edge);
        }
    }
}
