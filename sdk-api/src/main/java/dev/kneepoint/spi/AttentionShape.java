package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * Sizes of a causal attention. Arrays are ordered sequence, head, token, element. With context parallelism a rank holds
 * two runs of queries, one from each end of the sequence, so that all ranks see as many keys (Llama 3, arXiv
 * 2407.21783).
 *
 * @param sequences sequences, at least 1
 * @param heads query heads, at least 1, a multiple of {@code keyValueHeads}
 * @param keyValueHeads heads of keys and values; each serves {@code heads / keyValueHeads} query heads in a row
 * @param queries query tokens on this rank; an even number if there are several parts
 * @param keys tokens of the whole sequence: {@code queries * parts}
 * @param headSize elements of a head
 * @param window most keys that a query sees, itself included; 0 for no limit
 * @param part which part of the queries this rank holds, 0 to parts - 1
 * @param parts ranks that share the sequence
 */
@Incubating
public record AttentionShape(
        int sequences,
        int heads,
        int keyValueHeads,
        int queries,
        int keys,
        int headSize,
        int window,
        int part,
        int parts) {
    /** Checks the ranges. */
    public AttentionShape {
        Checks.range("sequences", sequences, 1, 1 << 20);
        Checks.range("keyValueHeads", keyValueHeads, 1, 1 << 16);
        Checks.range("heads", heads, 1, 1 << 16);
        Checks.range("queries", queries, 1, 1 << 24);
        Checks.range("keys", keys, 1, 1 << 24);
        Checks.range("headSize", headSize, 1, 1 << 16);
        Checks.range("window", window, 0, 1 << 24);
        Checks.range("parts", parts, 1, 1 << 16);
        Checks.range("part", part, 0, parts - 1);
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(heads + " heads do not divide over " + keyValueHeads
                    + " key-value heads; heads must be a multiple of them");
        }
        if (keys != (long) queries * parts) {
            throw new IllegalArgumentException(
                    parts + " parts of " + queries + " queries are not " + keys + " keys; keys must be their product");
        }
        if (parts > 1 && queries % 2 != 0) {
            throw new IllegalArgumentException(
                    queries + " queries cannot be taken from both ends of the sequence; the number must be even");
        }
    }

    /**
     * Causal attention over whole sequences.
     *
     * @param sequences sequences
     * @param heads query heads
     * @param keyValueHeads heads of keys and values
     * @param length tokens of a sequence
     * @param headSize elements of a head
     * @return the shape
     */
    public static AttentionShape causal(int sequences, int heads, int keyValueHeads, int length, int headSize) {
        return new AttentionShape(sequences, heads, keyValueHeads, length, length, headSize, 0, 0, 1);
    }

    /**
     * Where a query stands in its sequence.
     *
     * @param query 0 to queries - 1
     * @return its token, 0 to keys - 1
     */
    public int position(int query) {
        if (parts == 1) {
            return query;
        }
        int half = queries / 2;
        return query < half ? part * half + query : keys - (part + 1) * half + query - half;
    }

    /**
     * First key that a query sees; the last is its own position.
     *
     * @param query 0 to queries - 1
     * @return a token
     */
    public int firstKey(int query) {
        return window == 0 ? 0 : Math.max(0, position(query) + 1 - window);
    }

    /**
     * Elements of queries and outputs.
     *
     * @return sequences * heads * queries * headSize
     */
    public int queryElements() {
        return Math.multiplyExact(Math.multiplyExact(sequences * heads, queries), headSize);
    }

    /**
     * Elements of keys, and of values.
     *
     * @return sequences * keyValueHeads * keys * headSize
     */
    public int keyElements() {
        return Math.multiplyExact(Math.multiplyExact(sequences * keyValueHeads, keys), headSize);
    }
}
