package dev.kneepoint.backend.cuda;

/** Which direction of attention is measured. */
enum AttentionPass {
    /** Outputs. */
    FORWARD(1),
    /** Gradients, for which scores are computed again. */
    BACKWARD(2.5),
    /** One after the other. */
    BOTH(3.5);

    private final double products;

    AttentionPass(double products) {
        this.products = products;
    }

    /**
     * Operations as FlashAttention's authors count them: two products of the half of the scores that is not masked, of two
     * operations an element; backward has five such products (arXiv 2307.08691).
     *
     * @param tokens of all sequences
     * @param length tokens of a sequence
     * @param hidden heads times their size
     */
    double operations(long tokens, int length, int hidden) {
        return products * 4 * tokens * length * hidden / 2;
    }
}
