package dev.kneepoint.cost;

import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.NetworkProfile;

/**
 * Time of a collective in the alpha-beta model with NCCL's algorithms. Ring (all-gather, reduce-scatter) in the summed
 * form: {@code start + hops + protocol * sqrt(W) + W/B}, {@code W = (n-1)/n * S}, {@code hops = scale * (intra * (n-k) +
 * inter * k)} for n ranks on k domains, half of it inside one domain. All-reduce takes the quicker of that ring run
 * twice and a tree, whose latency grows with log2 k. All-to-all is limited by the slower of the two fabrics.
 */
public final class CollectiveCost {
    private static final double EXCHANGE_START = 20e-6;
    private static final double EXCHANGE_PER_RANK = 2e-6;
    private static final double HOP_START = 25e-6;
    private static final double HOP_RATE = 0.8;

    private double scaleUp;
    private double network;
    private double exchange;
    private double rawNetwork;
    private double start;
    private double intraHop;
    private double interHop;
    private double treeHop;
    private double reduceProtocol;
    private double ringProtocol;

    /** A cost that must be set before use. */
    public CollectiveCost() {}

    /**
     * Chooses fabric and profile.
     *
     * @param fabric the links
     * @param hardware their behaviour
     * @param networkFactor the software stack's factor on the network rate
     */
    public void set(Fabric fabric, HardwareProfile hardware, double networkFactor) {
        NetworkProfile p = hardware.network();
        scaleUp = fabric.scaleUpBandwidth().value() * hardware.device().scaleUpEfficiency();
        rawNetwork = fabric.networkBandwidthPerDevice().value() / fabric.oversubscription();
        network = rawNetwork * p.rateEfficiency() * networkFactor;
        exchange = rawNetwork * p.allToAllEfficiency();
        start = p.startMicros() * 1e-6;
        intraHop = p.ringScale() * p.intraHopMicros() * 1e-6;
        interHop = p.ringScale() * p.interHopMicros() * 1e-6;
        treeHop = p.treeHopMicros() * 1e-6;
        reduceProtocol = p.reduceProtocolMicros() * 1e-6;
        ringProtocol = p.ringProtocolMicros() * 1e-6;
    }

    /**
     * Time of one op's calls.
     *
     * @param kind the collective
     * @param bytes bytes as the kind counts them
     * @param calls calls that carry them
     * @param ranks ranks of the group
     * @param perDomain ranks that share a scale-up domain
     * @return seconds; 0 for a group of one
     */
    public double seconds(CollectiveKind kind, double bytes, double calls, double ranks, double perDomain) {
        if (ranks <= 1) {
            return 0;
        }
        double domains = Math.ceil(ranks / perDomain);
        double rate = domains > 1 ? Math.min(scaleUp, network * perDomain) : scaleUp;
        double bus = kind.busBytes(bytes, ranks);
        double inside = domains > 1 ? 1 : 0.5;
        double hops = calls * inside * (intraHop * (ranks - domains) + interHop * domains);
        return switch (kind) {
            case ALL_GATHER, REDUCE_SCATTER, BROADCAST ->
                calls * start + hops + ringProtocol * Math.sqrt(bus / 1e3) + bus / rate;
            case ALL_REDUCE -> {
                double tree =
                        calls * (start + treeHop * log2(domains)) + reduceProtocol * inside * Math.sqrt(bus / 1e3);
                double ring = calls * start + 2 * hops;
                yield Math.min(tree, ring) + bus / rate;
            }
            case ALL_TO_ALL -> exchangeSeconds(bytes, 1, calls, ranks, perDomain);
        };
    }

    /**
     * Time of an all-to-all, limited by the slower of the two fabrics.
     *
     * @param bytes bytes of a rank
     * @param networkShare what of the bytes for other domains really crosses: less than 1 where a token that several ranks
     *     of a domain want travels there once
     * @param calls calls that carry them
     * @param ranks ranks of the group
     * @param perDomain ranks that share a scale-up domain
     * @return seconds; 0 for a group of one
     */
    public double exchangeSeconds(double bytes, double networkShare, double calls, double ranks, double perDomain) {
        if (ranks <= 1) {
            return 0;
        }
        double inside = bytes * (perDomain - 1) / ranks / scaleUp;
        double across = networkShare * bytes * (1 - perDomain / ranks) / exchange;
        return calls * (EXCHANGE_START + EXCHANGE_PER_RANK * ranks) + Math.max(inside, across);
    }

    /**
     * Time of a transfer between neighbouring pipeline stages.
     *
     * @param bytes the message
     * @param sameDomain whether both ranks share a scale-up domain
     * @return seconds
     */
    public double transferSeconds(double bytes, boolean sameDomain) {
        return HOP_START + bytes / (sameDomain ? scaleUp : rawNetwork * HOP_RATE);
    }

    private static double log2(double x) {
        return Math.log(x) / Math.log(2);
    }
}
