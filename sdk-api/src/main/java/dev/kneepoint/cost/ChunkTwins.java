package dev.kneepoint.cost;

import dev.kneepoint.plan.StepEmitter;
import java.util.List;

/** Which chunks and stages are the same: neither at an end, with as many layers of each kind. Reusable. */
final class ChunkTwins {
    private int[] chunk = {};
    private int[] stage = {};
    private int[] layers = {};
    private int[] dense = {};
    private int[] stageLayers = {};
    private int[] stageDense = {};

    void find(List<Integer> chunkLayers, int stages, StepEmitter emitter) {
        int chunks = chunkLayers.size();
        if (chunk.length < chunks) {
            chunk = new int[chunks];
            stage = new int[chunks];
        }
        layers = new int[chunks];
        dense = new int[chunks];
        stageLayers = new int[stages];
        stageDense = new int[stages];
        for (int c = 0; c < chunks; c++) {
            layers[c] = chunkLayers.get(c);
            dense[c] = emitter.denseLayersOf(c);
            stageLayers[c % stages] += layers[c];
            stageDense[c % stages] += dense[c];
        }
        match(layers, dense, chunk);
        match(stageLayers, stageDense, stage);
    }

    private static void match(int[] layers, int[] dense, int[] twin) {
        for (int i = 0; i < layers.length; i++) {
            twin[i] = i;
            for (int other = 1; i < layers.length - 1 && other < i; other++) {
                if (layers[other] == layers[i] && dense[other] == dense[i]) {
                    twin[i] = other;
                    break;
                }
            }
        }
    }

    /** The first chunk whose passes are the same. */
    int ofChunk(int which) {
        return chunk[which];
    }

    /** The first stage whose optimizer step is the same. */
    int ofStage(int which) {
        return stage[which];
    }

    int layersOfChunk(int which) {
        return layers[which];
    }

    /** Layers of a chunk that have the model's dense feed-forward. */
    int denseOfChunk(int which) {
        return dense[which];
    }

    int layersOfStage(int which) {
        return stageLayers[which];
    }

    int denseOfStage(int which) {
        return stageDense[which];
    }
}
