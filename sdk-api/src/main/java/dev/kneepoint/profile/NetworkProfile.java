package dev.kneepoint.profile;

import dev.kneepoint.units.Checks;

/**
 * How a family of scale-out networks performs under a collective library. Ring latency is in the summed form:
 * {@code T = start + hops + (n-1)/n * S/B} with {@code hops = ringScale * (intraHop * (ranks - domains) + interHop *
 * domains)}.
 *
 * @param name network family
 * @param source where the figures come from
 * @param rateEfficiency fraction of the nominal adapter rate that large collectives reach
 * @param allToAllEfficiency fraction of the nominal adapter rate that all-to-all reaches
 * @param ringScale factor on the hop latencies
 * @param intraHopMicros latency of a ring hop inside a domain, microseconds
 * @param interHopMicros latency of a ring hop between domains, microseconds
 * @param treeHopMicros all-reduce latency per doubling of the domains, microseconds
 * @param startMicros fixed cost of a collective call on its stream, microseconds
 * @param reduceProtocolMicros transition between protocols in all-reduce: microseconds per square root of a kilobyte of
 *     bus traffic
 * @param ringProtocolMicros the same in all-gather and reduce-scatter
 */
public record NetworkProfile(
        String name,
        String source,
        double rateEfficiency,
        double allToAllEfficiency,
        double ringScale,
        double intraHopMicros,
        double interHopMicros,
        double treeHopMicros,
        double startMicros,
        double reduceProtocolMicros,
        double ringProtocolMicros) {
    /** Checks the ranges. */
    public NetworkProfile {
        Checks.notBlank("network profile name", name);
        Checks.positive("rateEfficiency", rateEfficiency);
        Checks.positive("allToAllEfficiency", allToAllEfficiency);
        Checks.notNegative("ringScale", ringScale);
        Checks.notNegative("intraHopMicros", intraHopMicros);
        Checks.notNegative("interHopMicros", interHopMicros);
        Checks.notNegative("treeHopMicros", treeHopMicros);
        Checks.notNegative("startMicros", startMicros);
        Checks.notNegative("reduceProtocolMicros", reduceProtocolMicros);
        Checks.notNegative("ringProtocolMicros", ringProtocolMicros);
    }
}
