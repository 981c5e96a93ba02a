package dev.kneepoint.workload;

/**
 * Parameters and floating-point operations of a model, by the formulas of PaLM (arXiv 2204.02311, App. B) and
 * Korthikanti et al. (arXiv 2205.05198). All counts are doubles because trillions of parameters times millions of
 * tokens pass 2^63. A multiply-add is two operations. Norms, biases and rotary embedding are left out of operation
 * counts, norms and biases out of parameter counts, as in the sources.
 */
public final class ModelCounts {
    private ModelCounts() {}

    /**
     * Weights of one layer's attention projections.
     *
     * @param m the model
     * @return {@code h*d*(a + 2*a_kv) + a*d*h}, or the low-rank form for latent attention
     */
    public static double attentionWeights(TransformerModel m) {
        double h = m.hidden();
        double a = m.heads();
        if (m.latentAttention().isPresent()) {
            LatentAttention l = m.latentAttention().get();
            double query = (double) l.nopeHeadSize() + l.ropeHeadSize();
            double q = l.queryRank() > 0 ? h * l.queryRank() + l.queryRank() * a * query : h * a * query;
            double kv = h * (l.keyValueRank() + l.ropeHeadSize())
                    + l.keyValueRank() * a * ((double) l.nopeHeadSize() + l.valueHeadSize());
            return q + kv + a * l.valueHeadSize() * h;
        }
        double d = m.headSize();
        return h * d * (a + 2.0 * m.kvHeads()) + a * d * h;
    }

    /**
     * Weights of one dense feed-forward layer.
     *
     * @param m the model
     * @return {@code c*h*f}, c = 3 if gated, else 2
     */
    public static double denseFfnWeights(TransformerModel m) {
        return (double) m.ffnMatrices() * m.hidden() * m.ffnHidden();
    }

    /**
     * Weights of one layer's routed experts, all of them.
     *
     * @param m the model
     * @return {@code E*c*h*f_e}, 0 for a dense model
     */
    public static double routedExpertWeights(TransformerModel m) {
        return m.mixture()
                .map(x -> (double) x.experts() * m.ffnMatrices() * m.hidden() * x.expertFfnHidden())
                .orElse(0.0);
    }

    /**
     * Weights of one expert layer that every token visits: router and shared experts.
     *
     * @param m the model
     * @return {@code h*E + c*h*f_shared}, 0 for a dense model
     */
    public static double sharedExpertWeights(TransformerModel m) {
        return m.mixture()
                .map(x ->
                        (double) m.hidden() * x.experts() + (double) m.ffnMatrices() * m.hidden() * x.sharedFfnHidden())
                .orElse(0.0);
    }

    /**
     * Weights of the input embedding, learned positions included.
     *
     * @param m the model
     * @return {@code V*h + positions*h}
     */
    public static double embeddingWeights(TransformerModel m) {
        return ((double) m.vocabulary() + m.learnedPositions()) * m.hidden();
    }

    /**
     * Weights of the output head.
     *
     * @param m the model
     * @return {@code V*h}; the head's product is computed also when its weights are tied
     */
    public static double headWeights(TransformerModel m) {
        return (double) m.vocabulary() * m.hidden();
    }

    /**
     * All parameters, multi-token heads included.
     *
     * @param m the model
     * @return the number of parameters, norms and biases left out
     */
    public static double parameters(TransformerModel m) {
        return layerWeights(m, false) + embeddingWeights(m) + (m.tiedEmbeddings() ? 0 : headWeights(m));
    }

    /**
     * Parameters that one token meets in matrix products: active experts only, head included, input embedding not.
     *
     * @param m the model
     * @return the number of active matrix-product weights
     */
    public static double activeMatmulWeights(TransformerModel m) {
        return layerWeights(m, true) + headWeights(m) * (1 + m.multiTokenHeads());
    }

    /**
     * Model operations of one token in the forward pass, {@code 2*active weights + 4*s*a*d*L}.
     *
     * @param m the model
     * @param sequenceLength tokens per sequence
     * @param convention whether attention counts in full or by half
     * @return operations per token
     */
    public static double forwardFlopsPerToken(TransformerModel m, int sequenceLength, FlopConvention convention) {
        return 2 * activeMatmulWeights(m) + attentionFlopsPerToken(m, sequenceLength, convention);
    }

    /**
     * Attention-core operations of one token in the forward pass over all layers. Windowed layers count the window; the
     * causal count leaves out of it only the triangle at the start of the sequence, {@code window^2 / 2s} keys.
     *
     * @param m the model
     * @param sequenceLength tokens per sequence
     * @param convention whether attention counts in full or by half
     * @return operations per token
     */
    public static double attentionFlopsPerToken(TransformerModel m, int sequenceLength, FlopConvention convention) {
        double windowed = m.slidingWindow() > 0 ? m.windowedLayerFraction() : 0;
        double window = Math.min(m.slidingWindow(), sequenceLength);
        boolean causal = convention == FlopConvention.CAUSAL;
        double whole = causal ? sequenceLength / 2.0 : sequenceLength;
        double cut = causal ? window - window * window / (2.0 * sequenceLength) : window;
        double span = (1 - windowed) * whole + windowed * cut;
        return 4.0 * span * m.heads() * coreHeadSize(m) * (m.layers() + m.multiTokenHeads());
    }

    /**
     * The head size that attention's two products see: the mean of the key and value head sizes.
     *
     * @param m the model
     * @return {@link TransformerModel#headSize()}, or the mean of the latent key and value sizes
     */
    public static double coreHeadSize(TransformerModel m) {
        if (m.latentAttention().isEmpty()) {
            return m.headSize();
        }
        LatentAttention l = m.latentAttention().get();
        return ((double) l.nopeHeadSize() + l.ropeHeadSize() + l.valueHeadSize()) / 2;
    }

    /**
     * Model operations of one step: three times the forward pass over all tokens. Recomputation does not count.
     *
     * @param w the workload
     * @param convention whether attention counts in full or by half
     * @return operations per step
     */
    public static double modelFlopsPerStep(TrainingWorkload w, FlopConvention convention) {
        return 3 * forwardFlopsPerToken(w.model(), w.sequenceLength(), convention) * w.tokensPerStep();
    }

    /**
     * Hardware operations of one step: model operations and recomputation. Full recomputation adds one forward pass
     * of the layers (the head is not recomputed), selective the attention core only.
     *
     * @param w the workload
     * @param convention whether attention counts in full or by half
     * @return operations per step
     */
    public static double hardwareFlopsPerStep(TrainingWorkload w, FlopConvention convention) {
        TransformerModel m = w.model();
        double attention = attentionFlopsPerToken(m, w.sequenceLength(), convention);
        double again = switch (w.recompute()) {
            case NONE -> 0;
            case SELECTIVE -> attention;
            case FULL -> 2 * layerWeights(m, true) + attention;
        };
        return modelFlopsPerStep(w, convention) + again * w.tokensPerStep();
    }

    private static double layerWeights(TransformerModel m, boolean activeOnly) {
        double all = m.layers() + m.multiTokenHeads();
        double attention = attentionWeights(m) * all;
        if (m.mixture().isEmpty()) {
            return attention + denseFfnWeights(m) * all;
        }
        MixtureOfExperts x = m.mixture().get();
        double routed = routedExpertWeights(m) * (activeOnly ? (double) x.topK() / x.experts() : 1);
        double expertLayers = all - x.leadingDenseLayers();
        return attention
                + (routed + sharedExpertWeights(m)) * expertLayers
                + denseFfnWeights(m) * x.leadingDenseLayers();
    }
}
