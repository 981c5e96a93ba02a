package dev.kneepoint.plan;

/** Kinds of memory-bound work. */
public enum MemoryKind {
    /** Norms, residual adds. */
    NORM,
    /** Rotary embedding and head reshaping. */
    ROTARY,
    /** The feed-forward's activation function. */
    ACTIVATION,
    /** Routing, permutation and combination of tokens over experts. */
    ROUTING,
    /** Quantisation of operands. */
    CAST,
    /** Scores of unfused attention. */
    SCORES,
    /** Embedding look-up and its gradient. */
    EMBEDDING,
    /** Softmax, cross-entropy and their gradient over the vocabulary. */
    LOSS
}
