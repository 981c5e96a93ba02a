package dev.kneepoint.profile;

import dev.kneepoint.units.Checks;

/**
 * How a family of scale-out networks performs under a collective library, for groups that cross scale-up domains. Ring
 * latency is in the summed form: {@code T = start + hops + ringProtocol * sqrt(W) + W/B}, {@code W = (n-1)/n * S},
 * {@code hops = ringScale * (a * (ranks - domains) + e * domains)} with the hop latencies a and e of the quickest
 * protocol (NCCL's tuner, see {@code dev.kneepoint.cost.CollectiveCost}).
 *
 * @param name network family
 * @param source where the figures come from
 * @param rateEfficiency fraction of the nominal adapter rate that large collectives reach
 * @param allToAllEfficiency fraction of the nominal adapter rate that all-to-all reaches
 * @param ringScale factor on the tuner's hop latencies; 1 takes the tuner at its word
 * @param treeHopMicros all-reduce latency per doubling of the domains, microseconds; two domains exchange in half of it
 * @param startMicros fixed cost of a collective call on its stream, microseconds
 * @param reduceProtocolMicros growth of a tree's chunks, beyond the device's own: microseconds per square root of a
 *     kilobyte of bus traffic
 * @param ringProtocolMicros the same for rings
 * @param reduceRails adapters of a domain that one all-reduce keeps busy at most; matters for domains of many adapters
 * @param logarithmicEfficiency fraction of the rate that all-gather and reduce-scatter reach by doubling distances (PAT)
 *     with one rank per domain; 0 if the library only knows rings
 */
public record NetworkProfile(
        String name,
        String source,
        double rateEfficiency,
        double allToAllEfficiency,
        double ringScale,
        double treeHopMicros,
        double startMicros,
        double reduceProtocolMicros,
        double ringProtocolMicros,
        double reduceRails,
        double logarithmicEfficiency) {
    /** Checks the ranges. */
    public NetworkProfile {
        Checks.notBlank("network profile name", name);
        Checks.positive("rateEfficiency", rateEfficiency);
        Checks.positive("allToAllEfficiency", allToAllEfficiency);
        Checks.notNegative("ringScale", ringScale);
        Checks.notNegative("treeHopMicros", treeHopMicros);
        Checks.notNegative("startMicros", startMicros);
        Checks.notNegative("reduceProtocolMicros", reduceProtocolMicros);
        Checks.notNegative("ringProtocolMicros", ringProtocolMicros);
        Checks.positive("reduceRails", reduceRails);
        Checks.fraction("logarithmicEfficiency", logarithmicEfficiency);
    }
}
