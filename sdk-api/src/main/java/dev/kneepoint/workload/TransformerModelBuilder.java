package dev.kneepoint.workload;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.kneepoint.units.Checks;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Builds a {@link TransformerModel}; thread-confined. Ranges are checked by {@link #build()}. */
public final class TransformerModelBuilder {
    private String name;
    private int layers;
    private int hidden;
    private int heads;
    private OptionalInt kvHeads = OptionalInt.empty();
    private OptionalInt headSize = OptionalInt.empty();
    private OptionalInt ffnHidden = OptionalInt.empty();
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
        kvHeads = OptionalInt.of(m.kvHeads());
        headSize = OptionalInt.of(m.headSize());
        ffnHidden = OptionalInt.of(m.ffnHidden());
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
        this.kvHeads = OptionalInt.of(value);
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
        this.headSize = OptionalInt.of(value);
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
        this.ffnHidden = OptionalInt.of(value);
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
        return new TransformerModel(
                name,
                layers,
                hidden,
                heads,
                kvHeads.orElse(heads),
                headSize.isPresent() ? headSize.getAsInt() : defaultHeadSize(),
                ffnHidden.orElse(4 * hidden),
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

    private int defaultHeadSize() {
        if (latentAttention.isPresent()) {
            return latentAttention.get().valueHeadSize();
        }
        Checks.range("hidden", hidden, 1, TransformerModel.MAX_HIDDEN);
        Checks.range("heads", heads, 1, TransformerModel.MAX_HEADS);
        if (hidden % heads != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "hidden %d does not divide over %d heads; give the head size", hidden, heads));
        }
        return hidden / heads;
    }
}
