package dev.kneepoint.cost;

import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.NetworkProfile;
import dev.kneepoint.profile.ScaleUpCurve;
import java.util.stream.IntStream;

/**
 * Time of a collective in the alpha-beta model with NCCL's algorithms and protocols; of those that apply, the quickest
 * counts. For n ranks on k domains, S the buffer and W its bus bytes:
 *
 * <ul>
 *   <li>ring: {@code start + hops + protocol * sqrt(W) + W/B} with the latency of every hop summed; LL, LL128 and Simple
 *       trade a hop's latency for rate; all-reduce passes the ring twice;
 *   <li>reduction in the switch (NVLS) inside a domain, from five ranks on: latency grows with log2 n, and the buffer, not
 *       its bus bytes, passes each link;
 *   <li>tree over domains (all-reduce), on top of the switch's reduction inside them: latency grows with log2 k; two domains exchange in one step, so that each byte
 *       crosses the network once;
 *   <li>doubling distances (PAT; all-gather, reduce-scatter) with one rank per domain, where the library has it;
 *   <li>all-to-all: inside a domain a message per peer; across, the slower of the two fabrics.
 * </ul>
 *
 * Hop latencies are those of NCCL's tuner (src/graph/tuning.cc), scaled by the profile.
 */
public final class CollectiveCost {
    private static final double EXCHANGE_START = 20e-6;
    private static final double EXCHANGE_PER_RANK = 2e-6;
    private static final double HOP_START = 25e-6;
    private static final double HOP_RATE = 0.8;

    private static final double LL_INTRA = 0.6e-6;
    private static final double LL_INTER = 2.7e-6;
    private static final double LL128_INTRA = 1.9e-6;
    private static final double LL128_INTER = 4e-6;
    private static final double SIMPLE_INTRA = 3.4e-6;
    private static final double SIMPLE_INTER = 14e-6;
    private static final double LL_SHARE = 0.5;
    private static final double LL128_SHARE = 0.92;
    /** What LL moves over several nodes (tuner: 39 GB/s on two, 20 on four and more). */
    private static final double LL_CEILING = 20e9;
    /** LL128's share of Simple's rate inside a domain: below the tuner's 0.92, by fit of all-gathers over 4 to 72 ranks. */
    private static final double QUICK_SHARE = 0.58;
    /** The same for the messages of an all-to-all. */
    private static final double QUICK_EXCHANGE_SHARE = 0.49;
    /** More ranks than this reduce in the switch. */
    private static final int RING_RANKS = 4;
    /** The profile's square roots are of kilobytes. */
    private static final double PER_ROOT_BYTE = 1e-6 / Math.sqrt(1e3);

    private static final double[] LOG2 = IntStream.range(0, 1025)
            .mapToDouble(x -> Math.log(Math.max(1, x)) / Math.log(2))
            .toArray();

    private double scaleUp;
    private double reduce;
    private double exchangeInside;
    private double network;
    private double exchange;
    private double rawNetwork;
    private double rails;
    private double logarithmic;
    private double start;
    private double networkStart;
    private double hopScale;
    private double exchangeHopScale;
    private double ringScale;
    private double reduceStart;
    private double reduceHop;
    private double treeHop;
    private double ringRoot;
    private double reduceRingRoot;
    private double reduceRoot;
    private double exchangeRoot;
    private double networkRingRoot;
    private double treeRoot;

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
        ScaleUpCurve s = hardware.device().scaleUp();
        double link = fabric.scaleUpBandwidth().value();
        scaleUp = link * s.efficiency();
        reduce = link * s.reduceEfficiency();
        exchangeInside = link * s.exchangeEfficiency();
        start = s.startMicros() * 1e-6;
        hopScale = s.hopScale();
        exchangeHopScale = s.exchangeHopScale();
        reduceStart = s.reduceStartMicros() * 1e-6;
        reduceHop = s.reduceHopMicros() * 1e-6;
        ringRoot = s.ringProtocolMicros() * PER_ROOT_BYTE;
        reduceRoot = s.reduceProtocolMicros() * PER_ROOT_BYTE;
        reduceRingRoot = reduce > 0 ? ringRoot : reduceRoot;
        exchangeRoot = s.exchangeProtocolMicros() * PER_ROOT_BYTE;
        setNetwork(fabric, hardware.network(), networkFactor);
    }

    private void setNetwork(Fabric fabric, NetworkProfile p, double networkFactor) {
        rawNetwork = fabric.networkBandwidthPerDevice().value() / fabric.oversubscription();
        network = rawNetwork * p.rateEfficiency() * networkFactor;
        exchange = rawNetwork * p.allToAllEfficiency();
        rails = p.reduceRails();
        logarithmic = p.logarithmicEfficiency();
        networkStart = p.startMicros() * 1e-6;
        ringScale = p.ringScale();
        treeHop = p.treeHopMicros() * 1e-6;
        networkRingRoot = p.ringProtocolMicros() * PER_ROOT_BYTE;
        treeRoot = p.reduceProtocolMicros() * PER_ROOT_BYTE + reduceRoot;
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
        double bus = kind.busBytes(bytes, ranks);
        double root = Math.sqrt(calls * bus);
        double domains = Math.ceil(ranks / perDomain);
        return domains > 1
                ? across(kind, bytes, bus, root, calls, ranks, domains, perDomain)
                : inside(kind, bytes, bus, root, calls, ranks);
    }

    private double inside(CollectiveKind kind, double bytes, double bus, double root, double calls, double ranks) {
        return calls * start
                + switch (kind) {
                    case ALL_GATHER, REDUCE_SCATTER, BROADCAST -> ring(calls, ranks, bus) + ringRoot * root;
                    case ALL_REDUCE ->
                        Math.min(
                                ring(2 * calls, ranks, bus) + reduceRingRoot * root,
                                inSwitch(bytes, calls, ranks) - calls * start);
                    case ALL_TO_ALL -> {
                        double peers = calls * exchangeHopScale * (ranks - 1);
                        yield exchangeRoot * root
                                + Math.min(
                                        peers * LL128_INTRA + bus / (exchangeInside * QUICK_EXCHANGE_SHARE),
                                        peers * SIMPLE_INTRA + bus / exchangeInside);
                    }
                };
    }

    private double ring(double passes, double ranks, double bus) {
        double hops = passes * hopScale * (ranks - 1);
        return Math.min(hops * LL128_INTRA + bus / (scaleUp * QUICK_SHARE), hops * SIMPLE_INTRA + bus / scaleUp);
    }

    private double inSwitch(double bytes, double calls, double ranks) {
        return reduce > 0 && ranks > RING_RANKS
                ? calls * (reduceStart + reduceHop * log2(ranks))
                        + reduceRoot * Math.sqrt(calls * bytes)
                        + bytes / reduce
                : Double.POSITIVE_INFINITY;
    }

    private double across(
            CollectiveKind kind,
            double bytes,
            double bus,
            double root,
            double calls,
            double ranks,
            double domains,
            double perDomain) {
        double rate = Math.min(scaleUp, network * perDomain);
        return switch (kind) {
            case BROADCAST -> networkRing(calls, calls, bus, root, ranks, domains, rate);
            case ALL_GATHER, REDUCE_SCATTER ->
                Math.min(
                        networkRing(calls, calls, bus, root, ranks, domains, rate),
                        doubling(calls, bus, domains, perDomain, rate));
            case ALL_REDUCE ->
                Math.min(
                        networkRing(calls, 2 * calls, bus, root, ranks, domains, rate),
                        tree(bytes, bus, root, calls, domains, perDomain));
            case ALL_TO_ALL -> exchangeSeconds(bytes, 1, calls, ranks, perDomain);
        };
    }

    private double networkRing(
            double calls, double passes, double bus, double root, double ranks, double domains, double rate) {
        double near = passes * ringScale * (ranks - domains);
        double far = passes * ringScale * domains;
        double ll = near * LL_INTRA + far * LL_INTER + bus / Math.min(LL_CEILING, rate * LL_SHARE);
        double ll128 = near * LL128_INTRA + far * LL128_INTER + bus / (rate * LL128_SHARE);
        double simple = near * SIMPLE_INTRA + far * SIMPLE_INTER + bus / rate;
        return calls * networkStart + networkRingRoot * root + Math.min(ll, Math.min(ll128, simple));
    }

    private double doubling(double calls, double bus, double domains, double perDomain, double rate) {
        return logarithmic > 0 && perDomain <= 1
                ? calls * (networkStart + ringScale * SIMPLE_INTER * log2(domains)) + bus / (rate * logarithmic)
                : Double.POSITIVE_INFINITY;
    }

    private double tree(double bytes, double bus, double root, double calls, double domains, double perDomain) {
        boolean pair = domains == 2;
        double depth = pair ? 0.5 : log2(domains);
        boolean switched = reduce > 0 && perDomain > RING_RANKS;
        double first = switched ? reduceStart + reduceHop * log2(perDomain) : networkStart;
        double within = switched ? bytes / reduce : bus / scaleUp;
        double between = (pair ? bytes : bus) / (network * Math.min(perDomain, rails));
        return calls * (first + treeHop * depth) + treeRoot * root + Math.max(within, between);
    }

    /**
     * Time of an all-to-all that crosses scale-up domains, limited by the slower of the two fabrics.
     *
     * @param bytes bytes of a rank
     * @param networkShare what of the bytes for other domains really crosses: less than 1 where a token that several ranks
     *     of a domain want travels there once
     * @param calls calls that carry them
     * @param ranks ranks of the group
     * @param perDomain ranks that share a scale-up domain
     * @return seconds
     */
    public double exchangeSeconds(double bytes, double networkShare, double calls, double ranks, double perDomain) {
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

    /** Group sizes are small whole numbers, and a logarithm costs as much as the rest. */
    private static double log2(double x) {
        int whole = (int) x;
        return whole == x && whole < LOG2.length ? LOG2[whole] : Math.log(x) / Math.log(2);
    }
}
