package dev.kneepoint.workload;

import java.util.Locale;

/** Which activations are dropped in the forward pass and computed again in the backward pass. */
public enum Recompute {
    /** All activations are kept. */
    NONE,
    /** Only the attention core is computed again (Korthikanti et al., arXiv 2205.05198). */
    SELECTIVE,
    /** Only layer inputs are kept; each layer's forward pass is computed again. */
    FULL;

    /**
     * The name on the command line and in files.
     *
     * @return lower-case name
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The policy of a name.
     *
     * @param text {@code none}, {@code selective} or {@code full}, in any case
     * @return the policy
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Recompute parse(String text) {
        for (Recompute r : values()) {
            if (r.label().equals(text.toLowerCase(Locale.ROOT))) {
                return r;
            }
        }
        throw new IllegalArgumentException("unknown recompute policy '" + text + "'; known: none, selective, full");
    }
}
