package dev.kneepoint.workload;

import dev.kneepoint.units.Checks;

/**
 * The sparse feed-forward layers of a mixture-of-experts model.
 *
 * @param experts routed experts per layer, 2 to 4,096
 * @param topK routed experts that a token visits, 1 to {@code experts}
 * @param expertFfnHidden width of one routed expert's feed-forward layer
 * @param sharedFfnHidden total width of the shared experts that every token visits; 0 if there are none
 * @param leadingDenseLayers layers at the start that keep the dense feed-forward of the model; 0 if there are none
 */
public record MixtureOfExperts(
        int experts, int topK, int expertFfnHidden, int sharedFfnHidden, int leadingDenseLayers) {
    /** Checks the ranges. */
    public MixtureOfExperts {
        Checks.range("experts", experts, 2, 4096);
        Checks.range("topK", topK, 1, experts);
        Checks.range("expertFfnHidden", expertFfnHidden, 1, 1 << 20);
        Checks.range("sharedFfnHidden", sharedFfnHidden, 0, 1 << 20);
        Checks.range("leadingDenseLayers", leadingDenseLayers, 0, 10_000);
    }
}
