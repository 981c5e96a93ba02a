package dev.kneepoint.backend.cuda;

import dev.kneepoint.spi.DeviceFigure.Reference;
import java.util.Map;
import java.util.Optional;

/**
 * What FlashAttention-2 reaches, TFLOP/s, as its authors print it: causal, FP16, 16,384 tokens in all, hidden size 2,048,
 * operations counted as we count them. Forward with backward: the figures of the repository Dao-AILab/flash-attention for
 * A100 SXM 80 GB and H100 SXM5 (arXiv 2307.08691). Forward alone: figures of arXiv 2407.08608 for H100 SXM5.
 */
final class PublishedAttention {
    private static final String BOTH =
            "FlashAttention-2, FP16, README of Dao-AILab/flash-attention (arXiv 2307.08691), ";
    private static final String FORWARD = "FlashAttention-2, FP16, arXiv 2407.08608, ";

    private record Shape(int length, int headSize) {}

    private static final Map<Shape, Double> AMPERE_BOTH = Map.of(
            new Shape(4096, 64), 156.0,
            new Shape(4096, 128), 173.0,
            new Shape(16_384, 64), 171.0,
            new Shape(16_384, 128), 189.0);

    private static final Map<Shape, Double> HOPPER_BOTH = Map.of(
            new Shape(4096, 64), 257.0,
            new Shape(4096, 128), 294.0,
            new Shape(16_384, 64), 284.0,
            new Shape(16_384, 128), 328.0);

    private static final Map<Shape, Double> HOPPER_FORWARD = Map.of(
            new Shape(4096, 64), 284.0,
            new Shape(4096, 128), 319.0,
            new Shape(16_384, 64), 299.0,
            new Shape(16_384, 128), 335.0);

    private PublishedAttention() {}

    /**
     * The published figure for a shape.
     *
     * @param architecture of the data sheet
     * @return empty if none was published
     */
    static Optional<Reference> of(String architecture, AttentionPass pass, int length, int headSize) {
        Shape shape = new Shape(length, headSize);
        return switch (pass) {
            case FORWARD ->
                architecture.equals("hopper") ? found(HOPPER_FORWARD, shape, FORWARD + "H100 SXM5") : Optional.empty();
            case BACKWARD -> Optional.empty();
            case BOTH ->
                switch (architecture) {
                    case "ampere" -> found(AMPERE_BOTH, shape, BOTH + "A100 SXM 80 GB");
                    case "hopper" -> found(HOPPER_BOTH, shape, BOTH + "H100 SXM5");
                    default -> Optional.empty();
                };
        };
    }

    private static Optional<Reference> found(Map<Shape, Double> figures, Shape shape, String source) {
        return Optional.ofNullable(figures.get(shape)).map(teraflops -> new Reference(teraflops, source));
    }
}
