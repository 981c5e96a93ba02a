package dev.kneepoint.workload;

/** How a source counts the floating-point operations of attention. */
public enum FlopConvention {
    /** Every query meets every key: PaLM (arXiv 2204.02311, App. B), Korthikanti (arXiv 2205.05198). The default. */
    NON_CAUSAL,
    /** Only the lower triangle counts: half of the attention term, more of it in layers with a sliding window. */
    CAUSAL
}
