package dev.kneepoint.workload;

import dev.kneepoint.units.Checks;
import java.util.Locale;
import java.util.Optional;

/**
 * The shape of a decoder-only transformer. Immutable.
 *
 * @param name name in lower case with dashes, for example {@code llama2-7b}
 * @param layers transformer layers, 1 to 10,000
 * @param hidden width of the residual stream
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headSize size of one head; {@code heads * headSize} may differ from {@code hidden}
 * @param ffnHidden width of the dense feed-forward layer (of the dense layers, in a mixture of experts)
 * @param gatedFfn true for SwiGLU and GEGLU: three matrices instead of two
 * @param vocabulary entries of the embedding table
 * @param tiedEmbeddings whether the output head shares the embedding table
 * @param learnedPositions rows of a learned position table; 0 with rotary or no position embedding
 * @param slidingWindow tokens that a query looks back at in windowed layers; 0 without window
 * @param windowedLayerFraction share of the layers that use the sliding window, 0..1
 * @param multiTokenHeads further multi-token prediction layers (DeepSeek-V3); 0 if there are none
 * @param mixture the experts, empty for a dense model
 * @param latentAttention multi-head latent attention, empty for ordinary attention
 */
public record TransformerModel(
        String name,
        int layers,
        int hidden,
        int heads,
        int kvHeads,
        int headSize,
        int ffnHidden,
        boolean gatedFfn,
        int vocabulary,
        boolean tiedEmbeddings,
        int learnedPositions,
        int slidingWindow,
        double windowedLayerFraction,
        int multiTokenHeads,
        Optional<MixtureOfExperts> mixture,
        Optional<LatentAttention> latentAttention) {

    static final int MAX_HIDDEN = 1 << 20;
    static final int MAX_HEADS = 1 << 14;

    /** Checks the ranges and that the heads divide. */
    public TransformerModel {
        Checks.notBlank("model name", name);
        Checks.range("layers", layers, 1, 10_000);
        Checks.range("hidden", hidden, 1, MAX_HIDDEN);
        Checks.range("heads", heads, 1, MAX_HEADS);
        Checks.range("kvHeads", kvHeads, 1, heads);
        Checks.range("headSize", headSize, 1, 4096);
        Checks.range("ffnHidden", ffnHidden, 1, 1 << 22);
        Checks.range("vocabulary", vocabulary, 1, 1 << 24);
        Checks.range("learnedPositions", learnedPositions, 0, 1 << 24);
        Checks.range("slidingWindow", slidingWindow, 0, 1 << 24);
        Checks.fraction("windowedLayerFraction", windowedLayerFraction);
        Checks.range("multiTokenHeads", multiTokenHeads, 0, 16);
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "kvHeads %d does not divide %d heads in model '%s'", kvHeads, heads, name));
        }
        if (mixture.isPresent() && mixture.get().leadingDenseLayers() >= layers) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "leadingDenseLayers %d leaves no expert layer of %d in model '%s'",
                    mixture.get().leadingDenseLayers(),
                    layers,
                    name));
        }
    }

    /**
     * Starts a model from its smallest description.
     *
     * @param name see {@link #name()}
     * @param layers see {@link #layers()}
     * @param hidden see {@link #hidden()}
     * @param heads see {@link #heads()}
     * @return a builder whose defaults are: as many key and value heads, {@code hidden / heads} as head size
     *     (with latent attention, the size of its values), an ungated feed-forward of four times {@code hidden}, a
     *     vocabulary of 32,000, untied embeddings
     */
    public static TransformerModelBuilder builder(String name, int layers, int hidden, int heads) {
        return new TransformerModelBuilder(name, layers, hidden, heads);
    }

    /**
     * A builder with this model's values, to derive a variant from.
     *
     * @return the builder
     */
    public TransformerModelBuilder toBuilder() {
        return new TransformerModelBuilder(this);
    }

    /**
     * Whether the model has expert layers.
     *
     * @return true if {@link #mixture()} is present
     */
    public boolean isMixture() {
        return mixture.isPresent();
    }

    /**
     * Layers whose feed-forward is a mixture of experts.
     *
     * @return 0 for a dense model
     */
    public int expertLayers() {
        return mixture.map(m -> layers - m.leadingDenseLayers()).orElse(0);
    }

    /**
     * Matrices of one feed-forward layer: 3 if gated, else 2.
     *
     * @return 2 or 3
     */
    public int ffnMatrices() {
        return gatedFfn ? 3 : 2;
    }
}
