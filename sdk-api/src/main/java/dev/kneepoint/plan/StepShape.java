package dev.kneepoint.plan;

import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.LatentAttention;
import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import org.jspecify.annotations.Nullable;

/** Local sizes of one configuration: what the ops of every layer are made of. Reusable and thread-confined. */
final class StepShape {
    double tensor;
    boolean sequenceParallel;
    double context;
    double expert;
    double expertTensor;
    double tokens;
    double sequences;
    double length;
    double span;
    double hidden;
    double heads;
    double kvHeads;
    double headSize;
    double coreHeadSize;
    double ffn;
    double gate;
    double vocabulary;
    boolean quantised;
    boolean tied;
    double experts;
    double topK;
    double expertFfn;
    double sharedFfn;
    int leadingDense;
    int multiTokenHeads;
    boolean mixture;

    @Nullable
    LatentAttention latent;

    Recompute recompute = Recompute.NONE;
    boolean unfusedAttention;
    double gradientBytes;
    double gatherBytes;
    double collectivesPerUnit;
    double bucketBytes;
    double optimizerBytes;

    void set(TrainingWorkload w, SoftwareStack stack, Layout layout) {
        ParallelismStrategy s = layout.strategy();
        TransformerModel m = w.model();
        tensor = s.tensor();
        sequenceParallel = s.sequenceParallel();
        context = s.context();
        expert = s.expert();
        expertTensor = layout.expertTensor();
        sequences = layout.microBatch();
        length = w.sequenceLength();
        tokens = sequences * length / context;
        hidden = m.hidden();
        heads = m.heads() / tensor;
        kvHeads = Math.max(1, m.kvHeads() / tensor);
        headSize = m.headSize();
        coreHeadSize = ModelCounts.coreHeadSize(m);
        ffn = m.ffnHidden() / tensor;
        gate = m.ffnMatrices() - 1;
        vocabulary = m.vocabulary() / tensor;
        quantised = w.precision().isQuantised();
        tied = m.tiedEmbeddings();
        multiTokenHeads = m.multiTokenHeads();
        double windowed = m.slidingWindow() > 0 ? m.windowedLayerFraction() : 0;
        double window = Math.min(m.slidingWindow(), length);
        span = (1 - windowed) * length + windowed * (2 - window / length) * window;
        latent = m.latentAttention().orElse(null);
        recompute = layout.recompute();
        unfusedAttention = stack.kernels().attention() == dev.kneepoint.profile.AttentionKernel.UNFUSED;
        optimizerBytes = w.optimizer().trafficBytes();
        setExperts(m.mixture().orElse(null));
        setHabits(w, stack, layout);
    }

    private void setExperts(@Nullable MixtureOfExperts x) {
        mixture = x != null;
        experts = x == null ? 0 : x.experts();
        topK = x == null ? 1 : x.topK();
        expertFfn = x == null ? 0 : x.expertFfnHidden();
        sharedFfn = x == null ? 0 : x.sharedFfnHidden() / tensor;
        leadingDense = x == null ? Integer.MAX_VALUE : x.leadingDenseLayers();
    }

    private void setHabits(TrainingWorkload w, SoftwareStack stack, Layout layout) {
        var c = stack.communication();
        double storage = w.precision().storageBytes();
        gradientBytes = Math.max(c.gradientBytes(), storage == 4 ? 4 : 0);
        gatherBytes = quantised ? c.quantisedGatherBytes() : storage;
        collectivesPerUnit = c.collectivesPerUnit();
        double ranks = (double) layout.dataParallel() * layout.strategy().context();
        bucketBytes = Math.max(c.bucketBytes(), c.bucketBytesPerRank() * ranks);
    }

    /** Bytes of an activation element between kernels. */
    double element() {
        return 2;
    }

    /** How far norms and residuals are spread over tensor ranks; without sequence parallelism about a third is not. */
    double normShare() {
        return sequenceParallel ? 1 / tensor : 0.35 + 0.65 / tensor;
    }

    /** Local weights of one layer's attention. */
    double attentionWeights() {
        LatentAttention l = latent;
        if (l == null) {
            return hidden * headSize * (heads + 2 * kvHeads) + heads * headSize * hidden;
        }
        double query = (double) l.nopeHeadSize() + l.ropeHeadSize();
        double q = l.queryRank() > 0 ? hidden * l.queryRank() + l.queryRank() * heads * query : hidden * heads * query;
        double kv = hidden * (l.keyValueRank() + l.ropeHeadSize())
                + l.keyValueRank() * heads * ((double) l.nopeHeadSize() + l.valueHeadSize());
        return q + kv + heads * l.valueHeadSize() * hidden;
    }

    /** Local weights of one layer that data-parallel ranks share, experts left out. */
    double denseWeights(boolean expertLayer) {
        double ffnWeights =
                expertLayer ? hidden * experts + (gate + 1) * hidden * sharedFfn : (gate + 1) * hidden * ffn;
        return attentionWeights() + ffnWeights;
    }

    /** Local weights of one expert layer's routed experts. */
    double expertWeights() {
        return experts / expert * (gate + 1) * hidden * expertFfn / expertTensor;
    }

    /** Local weights of the embedding table or of the head. */
    double tableWeights() {
        return vocabulary * hidden;
    }
}
