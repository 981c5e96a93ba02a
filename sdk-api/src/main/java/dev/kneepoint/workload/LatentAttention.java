package dev.kneepoint.workload;

import dev.kneepoint.units.Checks;

/**
 * Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): queries, keys and values go through low-rank
 * projections.
 *
 * @param queryRank rank of the query projection; 0 if queries are projected directly
 * @param keyValueRank rank of the shared key and value projection
 * @param nopeHeadSize head size of the part without rotary embedding
 * @param ropeHeadSize head size of the part with rotary embedding, shared by all heads on the key side
 * @param valueHeadSize head size of the values
 */
public record LatentAttention(int queryRank, int keyValueRank, int nopeHeadSize, int ropeHeadSize, int valueHeadSize) {
    /** Checks the ranges. */
    public LatentAttention {
        Checks.range("queryRank", queryRank, 0, 1 << 20);
        Checks.range("keyValueRank", keyValueRank, 1, 1 << 20);
        Checks.range("nopeHeadSize", nopeHeadSize, 1, 4096);
        Checks.range("ropeHeadSize", ropeHeadSize, 1, 4096);
        Checks.range("valueHeadSize", valueHeadSize, 1, 4096);
    }
}
