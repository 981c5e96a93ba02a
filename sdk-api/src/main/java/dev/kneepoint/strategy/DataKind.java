package dev.kneepoint.strategy;

/** What data-parallel ranks shard among them. */
public enum DataKind {
    /** Nothing: every rank keeps all state and all-reduces gradients. */
    DDP,
    /** Optimizer state (ZeRO-1, arXiv 1910.02054). */
    ZERO1,
    /** Optimizer state and gradients (ZeRO-2). */
    ZERO2,
    /** Optimizer state, gradients and weights (ZeRO-3, PyTorch FSDP). */
    FSDP,
    /** As {@link #FSDP} inside a group of {@link ParallelismStrategy#shardGroup()} ranks, replicated across groups. */
    HSDP;

    /**
     * Whether weights are gathered before use.
     *
     * @return true for FSDP and HSDP
     */
    public boolean shardsWeights() {
        return this == FSDP || this == HSDP;
    }
}
