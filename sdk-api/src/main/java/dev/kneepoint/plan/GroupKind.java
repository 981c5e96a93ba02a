package dev.kneepoint.plan;

import java.util.Locale;

/** The process groups of a rank. */
public enum GroupKind {
    /** Tensor-parallel ranks. */
    TENSOR,
    /** Context-parallel ranks. */
    CONTEXT,
    /** Ranks among which experts are spread. */
    EXPERT,
    /** Ranks among which dense state is sharded, or gradients all-reduced: data times context ranks. */
    DATA,
    /** Corresponding ranks of all shard groups of HSDP. */
    REPLICA,
    /** Ranks that hold the same experts. */
    EXPERT_DATA,
    /** First and last pipeline stage, for tied embeddings. */
    EMBEDDING,
    /** All ranks. */
    WORLD;

    /**
     * The name in files.
     *
     * @return lower-case name with dashes
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
