package dev.kneepoint.workload;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.Optional;

/** Builds a {@link TransformerModel}; thread-confined. Ranges are checked by {@link #build()}. */
public final class TransformerModelBuilder {
    private String name;
    private int layers;
    private int hidden;
    private int heads;
    private int kvHeads;
    private int headSize;
    private int ffnHidden;
    private boolean gatedFfn;
    private int vocabulary = 32_000;
    private boolean tiedEmbeddings;
    private int learnedPositions;
    private int slidingWindow;
    private double windowedLayerFraction;
    private int multiTokenHeads;
    private Optional<MixtureOfExperts> mixture = Optional.empty();
    private Optional<LatentAttention> latentAttention = Optional.empty();

    TransformerModelBuilder(String name, int layers, int hidden, int heads) {
        this.name = name;
        this.layers = layers;
        this.hidden = hidden;
        this.heads = heads;
    }

    TransformerModelBuilder(TransformerModel m) {
        this(m.name(), m.layers(), m.hidden(), m.heads());
        kvHeads = m.kvHeads();
        headSize = m.headSize();
        ffnHidden = m.ffnHidden();
        gatedFfn = m.gatedFfn();
        vocabulary = m.vocabulary();
        tiedEmbeddings = m.tiedEmbeddings();
        learnedPositions = m.learnedPositions();
        slidingWindow = m.slidingWindow();
        windowedLayerFraction = m.windowedLayerFraction();
        multiTokenHeads = m.multiTokenHeads();
        mixture = m.mixture();
        latentAttention = m.latentAttention();
    }

    /**
     * Sets {@link TransformerModel#name()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder name(String value) {
        this.name = value;
        return this;
    }

    /**
     * Sets {@link TransformerModel#layers()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder layers(int value) {
        this.layers = value;
        return this;
    }

    /**
     * Sets {@link TransformerModel#hidden()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder hidden(int value) {
        this.hidden = value;
        return this;
    }

    /**
     * Sets {@link TransformerModel#kvHeads()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder kvHeads(int value) {
        this.kvHeads = value;
        return this;
    }

    /**
     * Sets {@link TransformerModel#headSize()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder headSize(int value) {
        this.headSize = value;
        return this;
    }

    /**
     * Sets {@link TransformerModel#ffnHidden()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder ffnHidden(int value) {
        this.ffnHidden = value;
        return this;
    }

    /**
     * Sets {@link TransformerModel#gatedFfn()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder gatedFfn(boolean value) {
        this.gatedFfn = value;
        return this;
    }

    /**
     * Sets {@link TransformerModel#vocabulary()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder vocabulary(int value) {
        this.vocabulary = value;
        return this;
    }

    /**
     * Sets {@link TransformerModel#tiedEmbeddings()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder tiedEmbeddings(boolean value) {
        this.tiedEmbeddings = value;
        return this;
    }

    /**
     * Sets {@link TransformerModel#learnedPositions()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder learnedPositions(int value) {
        this.learnedPositions = value;
        return this;
    }

    /**
     * Sets {@link TransformerModel#multiTokenHeads()}.
     *
     * @param value the new value
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder multiTokenHeads(int value) {
        this.multiTokenHeads = value;
        return this;
    }

    /**
     * Makes a share of the layers look back at a window only.
     *
     * @param tokens see {@link TransformerModel#slidingWindow()}
     * @param fraction see {@link TransformerModel#windowedLayerFraction()}
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder slidingWindow(int tokens, double fraction) {
        this.slidingWindow = tokens;
        this.windowedLayerFraction = fraction;
        return this;
    }

    /**
     * Makes the model a mixture of experts.
     *
     * @param value the experts
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder mixture(MixtureOfExperts value) {
        this.mixture = Optional.of(value);
        return this;
    }

    /**
     * Uses multi-head latent attention.
     *
     * @param value the ranks and head sizes
     * @return this
     */
    @CanIgnoreReturnValue
    public TransformerModelBuilder latentAttention(LatentAttention value) {
        this.latentAttention = Optional.of(value);
        return this;
    }

    /**
     * The model.
     *
     * @return the model
     * @throws IllegalArgumentException if a value is out of range or does not divide
     */
    public TransformerModel build() {
        int size = headSize > 0 ? headSize : Math.max(1, hidden / Math.max(1, heads));
        return new TransformerModel(
                name,
                layers,
                hidden,
                heads,
                kvHeads > 0 ? kvHeads : heads,
                size,
                ffnHidden > 0 ? ffnHidden : 4 * hidden,
                gatedFfn,
                vocabulary,
                tiedEmbeddings,
                learnedPositions,
                slidingWindow,
                windowedLayerFraction,
                multiTokenHeads,
                mixture,
                latentAttention);
    }
}
