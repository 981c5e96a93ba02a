package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.calibration.FitBlock.Bound;
import dev.kneepoint.internal.fit.Quantiles;
import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.profile.NetworkProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Which constants of a fabric sweeps determine. Their ranges come from the sweeps themselves: no start is longer than a
 * small call, and no rate far from that of large ones. A constant that no row depends on stays as it is.
 */
final class FabricBlocks {
    private static final double MICRO = 1e-6;
    private static final double KILO = 1e3;
    /** Rates that fit are about those of large sizes, or above them where no size was large enough to reach them. */
    private static final double LEAST_RATE = 0.3;

    private static final double MOST_RATE = 4;
    /** Latency of a hop that a scale of 1 stands for, seconds; see {@code dev.kneepoint.cost.CollectiveCost}. */
    private static final double HOP_INSIDE = 1.9e-6;

    private static final double HOP_ACROSS = 2.7e-6;

    /** More ranks than this reduce in the switch, where it can. */
    private static final int RING_RANKS = 4;

    private final String architecture;
    private final String network;
    private final boolean switched;
    private final List<SweptCollective> rows;
    private final List<FitBlock> out = new ArrayList<>();

    private FabricBlocks(String architecture, String network, MicrobenchmarkProfiles base, List<SweptCollective> rows) {
        this.architecture = architecture;
        this.network = network;
        this.switched = MicrobenchmarkCase.require(base.devices().get(architecture), architecture)
                        .scaleUp()
                        .reduceEfficiency()
                > 0;
        this.rows = rows;
    }

    static List<FitBlock> of(
            String architecture, String network, MicrobenchmarkProfiles base, List<SweptCollective> rows) {
        FabricBlocks blocks = new FabricBlocks(architecture, network, base, rows);
        blocks.rings();
        blocks.reduction();
        blocks.exchange();
        blocks.ringsAndTreesAcross();
        blocks.exchangeAcross();
        return blocks.out;
    }

    /** All-gather, reduce-scatter, broadcast, and what all-reduce does not leave to the switch. */
    private void rings() {
        List<SweptCollective> all = rows(c -> !c.crosses() && !inSwitch(c) && c.kind() != CollectiveKind.ALL_TO_ALL);
        if (all.isEmpty()) {
            return;
        }
        List<Bound> bounds = new ArrayList<>(List.of(
                rate("efficiency", all, FabricBlocks::link, SweptCollective::busBytes),
                start("start_micros", all),
                hops("hop_scale", all, HOP_INSIDE)));
        List<SweptCollective> plain =
                all.stream().filter(c -> switched || isRing(c)).toList();
        List<SweptCollective> reduced =
                all.stream().filter(c -> !plain.contains(c)).toList();
        if (!plain.isEmpty()) {
            bounds.add(root("ring_protocol_micros", plain));
        }
        if (!reduced.isEmpty()) {
            bounds.add(root("reduce_protocol_micros", reduced));
        }
        scaleUp("rings", bounds, all);
    }

    private boolean inSwitch(SweptCollective c) {
        return switched && c.kind() == CollectiveKind.ALL_REDUCE && c.shape().ranks() > RING_RANKS;
    }

    private static boolean isRing(SweptCollective c) {
        return c.kind() != CollectiveKind.ALL_REDUCE && c.kind() != CollectiveKind.ALL_TO_ALL;
    }

    private void reduction() {
        List<SweptCollective> all = rows(c -> !c.crosses() && inSwitch(c));
        if (!all.isEmpty()) {
            scaleUp(
                    "reduction",
                    List.of(
                            rate("reduce_efficiency", all, FabricBlocks::link, SweptCollective::bytes),
                            start("reduce_start_micros", all),
                            start("reduce_hop_micros", all),
                            root("reduce_protocol_micros", all)),
                    all);
        }
    }

    private void exchange() {
        List<SweptCollective> all = rows(c -> !c.crosses() && c.kind() == CollectiveKind.ALL_TO_ALL);
        if (all.isEmpty()) {
            return;
        }
        List<Bound> bounds = new ArrayList<>(List.of(
                rate("exchange_efficiency", all, FabricBlocks::link, SweptCollective::busBytes),
                hops("exchange_hop_scale", all, HOP_INSIDE),
                root("exchange_protocol_micros", all)));
        if (out.isEmpty()) {
            // Rings, which share it, are not there to tell.
            bounds.add(start("start_micros", all));
        }
        scaleUp("exchange", bounds, all);
    }

    private void ringsAndTreesAcross() {
        List<SweptCollective> all = rows(c -> c.crosses() && c.kind() != CollectiveKind.ALL_TO_ALL);
        if (all.isEmpty()) {
            return;
        }
        List<Bound> bounds = new ArrayList<>(List.of(
                rate("rate_efficiency", all, c -> network(c) * perDomain(c), SweptCollective::busBytes),
                start("start_micros", all)));
        List<SweptCollective> rings = all.stream().filter(FabricBlocks::isRing).toList();
        List<SweptCollective> trees = all.stream().filter(c -> !isRing(c)).toList();
        if (!rings.isEmpty()) {
            bounds.add(hops("ring_scale", rings, HOP_ACROSS));
            bounds.add(root("ring_protocol_micros", rings));
        }
        if (!trees.isEmpty()) {
            // Two domains exchange in half a hop.
            bounds.add(hops("tree_hop_micros", trees, MICRO / 2));
            bounds.add(root("reduce_protocol_micros", trees));
        }
        network("rings and trees", bounds, all);
    }

    private void exchangeAcross() {
        List<SweptCollective> all = rows(c -> c.crosses() && c.kind() == CollectiveKind.ALL_TO_ALL);
        if (!all.isEmpty()) {
            network(
                    "exchange",
                    List.of(rate(
                            "all_to_all_efficiency",
                            all,
                            FabricBlocks::network,
                            c -> c.bytes() * (1 - 1.0 / c.domains()))),
                    all);
        }
    }

    private static double link(SweptCollective c) {
        return c.fabric().scaleUpBandwidth().value();
    }

    private static double network(SweptCollective c) {
        return c.fabric().networkBandwidthPerDevice().value() / c.fabric().oversubscription();
    }

    private static double perDomain(SweptCollective c) {
        return (double) c.shape().ranks() / c.domains();
    }

    private List<SweptCollective> rows(Predicate<SweptCollective> which) {
        return rows.stream().filter(which).toList();
    }

    /** A share of a nominal rate. */
    private static Bound rate(
            String name,
            List<SweptCollective> rows,
            ToDoubleFunction<SweptCollective> nominal,
            ToDoubleFunction<SweptCollective> bytes) {
        double seen = GroupFit.rate(rows.stream()
                .map(c -> new GroupFit.Point(bytes.applyAsDouble(c) / nominal.applyAsDouble(c), c.seconds()))
                .toList());
        return new Bound(name, LEAST_RATE * seen, MOST_RATE * seen);
    }

    private static Bound start(String name, List<SweptCollective> rows) {
        return hops(name, rows, MICRO);
    }

    private static Bound hops(String name, List<SweptCollective> rows, double hop) {
        double shortest = GroupFit.shortest(rows.stream()
                .map(c -> new GroupFit.Point(c.busBytes(), c.seconds()))
                .toList());
        return new Bound(name, 0, shortest / hop);
    }

    /** Grows with the square root of kilobytes, and is seldom all of the time. */
    private static Bound root(String name, List<SweptCollective> rows) {
        double[] all = rows.stream()
                .mapToDouble(c -> c.seconds() / MICRO / Math.sqrt(Math.max(c.busBytes(), 1) / KILO))
                .sorted()
                .toArray();
        return new Bound(name, 0, Quantiles.of(all, 0.5).orElseThrow());
    }

    private void scaleUp(String name, List<Bound> bounds, List<SweptCollective> rows) {
        out.add(new FitBlock(
                "device " + architecture + ", " + name,
                asManyAs(rows, bounds),
                rows::contains,
                p -> MicrobenchmarkCase.require(p.devices().get(architecture), architecture)
                        .scaleUp(),
                (p, r) -> p.with(
                        architecture,
                        RecordFields.with(
                                MicrobenchmarkCase.require(p.devices().get(architecture), architecture),
                                Map.of("scale_up", r)))));
    }

    private void network(String name, List<Bound> bounds, List<SweptCollective> rows) {
        out.add(new FitBlock(
                "network " + network + ", " + name,
                asManyAs(rows, bounds),
                rows::contains,
                p -> MicrobenchmarkCase.require(p.networks().get(network), network),
                (p, r) -> new MicrobenchmarkProfiles(
                        p.devices(), ImmutableSortedMap.of(network, (NetworkProfile) r), p.tools())));
    }

    /** The first ones matter most; few sizes cannot tell the rest. */
    private static List<Bound> asManyAs(List<SweptCollective> rows, List<Bound> bounds) {
        return bounds.subList(0, Math.min(bounds.size(), rows.size() / FitBlock.ROWS_PER_CONSTANT));
    }
}
