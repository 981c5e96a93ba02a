package dev.kneepoint.profile;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * How collectives perform inside a scale-up domain (an NVSwitch node, or a rack), in isolation. A ring of n ranks takes
 * {@code start + hops + protocol * sqrt(W) + W/B}, {@code hops = hopScale * h * (n-1)} with h of the protocol that is
 * quickest (see {@code dev.kneepoint.cost.CollectiveCost}); a reduction in the switch takes
 * {@code reduceStart + reduceHop * log2(n) + reduceProtocol * sqrt(S) + S/X}. Square roots are of kilobytes.
 *
 * @param efficiency fraction of the scale-up bandwidth that a ring reaches
 * @param reduceEfficiency fraction of it at which buffers are all-reduced in the switch (buffer bytes per second, not
 *     bus bytes); 0 if the switch cannot reduce
 * @param exchangeEfficiency fraction of it that an all-to-all reaches
 * @param startMicros fixed cost of a ring or an exchange, microseconds
 * @param hopScale factor on the library's own estimate of a ring hop's latency
 * @param ringProtocolMicros growth of a ring's chunks with its size, microseconds per square root of a kilobyte of bus
 *     traffic
 * @param reduceStartMicros fixed cost of a reduction in the switch, microseconds
 * @param reduceHopMicros its growth per doubling of the ranks, microseconds
 * @param reduceProtocolMicros growth of its chunks, microseconds per square root of a kilobyte of the buffer; without a
 *     reducing switch that of an all-reduce over a ring, of its bus traffic
 * @param exchangeHopScale factor on a hop's latency for each peer of an all-to-all
 * @param exchangeProtocolMicros growth of its chunks, microseconds per square root of a kilobyte of bus traffic
 * @since 0.1
 */
@Incubating
public record ScaleUpCurve(
        double efficiency,
        double reduceEfficiency,
        double exchangeEfficiency,
        double startMicros,
        double hopScale,
        double ringProtocolMicros,
        double reduceStartMicros,
        double reduceHopMicros,
        double reduceProtocolMicros,
        double exchangeHopScale,
        double exchangeProtocolMicros) {
    /** Checks the ranges. */
    public ScaleUpCurve {
        Checks.positive("efficiency", efficiency);
        Checks.notNegative("reduceEfficiency", reduceEfficiency);
        Checks.positive("exchangeEfficiency", exchangeEfficiency);
        Checks.notNegative("startMicros", startMicros);
        Checks.notNegative("hopScale", hopScale);
        Checks.notNegative("ringProtocolMicros", ringProtocolMicros);
        Checks.notNegative("reduceStartMicros", reduceStartMicros);
        Checks.notNegative("reduceHopMicros", reduceHopMicros);
        Checks.notNegative("reduceProtocolMicros", reduceProtocolMicros);
        Checks.notNegative("exchangeHopScale", exchangeHopScale);
        Checks.notNegative("exchangeProtocolMicros", exchangeProtocolMicros);
    }
}
