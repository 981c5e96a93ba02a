package dev.kneepoint.calibration;

import dev.kneepoint.calibration.FitBlock.Bound;
import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.NetworkProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is fitted on what. Each constant has a range by physics; one that the rows cannot tell is not in the list: the
 * ring's latency on InfiniBand and between racks (no all-gather over more than two nodes is published by size; the paper's
 * weak scaling anchors it), 8-bit products on Hopper (published for libraries that scale block by block), all-to-all over
 * nodes, and what whole steps sustain.
 */
final class FitBlocks {
    /** What NCCL counts on of a link: 20.6 of 25 GB/s on Hopper, 40.1 of 50 on Blackwell. */
    private static final double LINK_PAYLOAD = 0.83;

    private static final List<Bound> GEMM = List.of(
            new Bound("efficiency", 0.6, 1),
            new Bound("memory_efficiency", 0.4, 1),
            new Bound("fill_k", 20, 800),
            new Bound("tile_ratio_1", 0.6, 1),
            new Bound("tile_ratio_2", 0.5, 1));

    private static final List<Bound> SWITCHED = List.of(
            new Bound("efficiency", 0.7, LINK_PAYLOAD),
            new Bound("reduce_efficiency", 0.4, 0.7),
            new Bound("exchange_efficiency", 0.6, LINK_PAYLOAD),
            new Bound("start_micros", 4, 30),
            new Bound("hop_scale", 0.2, 2),
            new Bound("ring_protocol_micros", 0, 1),
            new Bound("reduce_start_micros", 1, 60),
            new Bound("reduce_hop_micros", 0, 20),
            new Bound("reduce_protocol_micros", 0.05, 1),
            new Bound("exchange_hop_scale", 0.05, 3),
            new Bound("exchange_protocol_micros", 0, 1));

    /** Only all-reduce is measured on devices whose switch does not reduce. */
    private static final List<Bound> UNSWITCHED = List.of(
            new Bound("efficiency", 0.7, LINK_PAYLOAD),
            new Bound("start_micros", 4, 60),
            new Bound("reduce_protocol_micros", 0.05, 1.5));

    private static final Bound RATE = new Bound("rate_efficiency", 0.4, 0.97);
    private static final Bound RING = new Bound("ring_scale", 0.5, 40);
    private static final Bound TREE = new Bound("tree_hop_micros", 40, 400);
    private static final Bound START = new Bound("start_micros", 5, 20);
    /** Networks whose plug-in adds a hand-over through the host or its own transport. */
    private static final Bound PLUG_IN_START = new Bound("start_micros", 5, 80);

    private static final Bound CHUNKS = new Bound("reduce_protocol_micros", 0, 4);
    private static final Bound RAILS = new Bound("reduce_rails", 4, 72);

    private static final Bound KERNEL = new Bound("kernel_micros", 0, 30);
    private static final Bound COLLECTIVE = new Bound("collective_micros", 0, 60);
    private static final Bound SHARD = new Bound("shard_copies", 0, 4);
    private static final Bound BUFFER = new Bound("buffer_copies", 0, 3);

    private FitBlocks() {}

    static List<FitBlock> all() {
        List<FitBlock> out = new ArrayList<>();
        out.add(gemm("ampere", "gemm", " 16-bit"));
        out.add(gemm("hopper", "gemm", " 16-bit"));
        out.add(gemm("blackwell", "gemm", " 16-bit"));
        out.add(gemm("blackwell", "gemm_quantised", " 8-bit"));
        out.add(tool("xla", List.of(KERNEL), true));
        out.add(tool("chart", List.of(KERNEL), true));
        out.add(tool("torch", List.of(KERNEL), true));
        out.add(scaleUp("ampere", UNSWITCHED));
        for (String name : List.of("hopper", "blackwell", "grace-blackwell", "grace-blackwell-ultra")) {
            out.add(scaleUp(name, SWITCHED));
        }
        out.add(tool("xla", List.of(COLLECTIVE, SHARD, BUFFER), false));
        out.add(tool("xla-rack", List.of(COLLECTIVE, SHARD, BUFFER), false));
        out.add(tool("torch", List.of(COLLECTIVE), false));
        out.add(network("infiniband", List.of(RATE, TREE, START, CHUNKS)));
        out.add(network("roce", List.of(RATE, RING, TREE, START, CHUNKS)));
        out.add(network("efa", List.of(RATE, RING, TREE, PLUG_IN_START, CHUNKS)));
        out.add(network("tcpxo", List.of(RATE, RING, TREE, PLUG_IN_START, CHUNKS)));
        out.add(network("tcpx", List.of(RATE, RING, PLUG_IN_START)));
        out.add(network("nvl-rack", List.of(TREE, START, CHUNKS, RAILS)));
        return out;
    }

    private static boolean isProduct(MicrobenchmarkCase c) {
        return c instanceof ProductCases.Product;
    }

    private static FitBlock gemm(String architecture, String field, String width) {
        return new FitBlock(
                architecture + " " + field,
                GEMM,
                c -> isProduct(c)
                        && c.architecture().equals(architecture)
                        && c.group().endsWith(width),
                p -> (Record) MicrobenchmarkCase.require(
                        RecordFields.of(device(p, architecture)).get(field), field),
                (p, r) -> p.with(architecture, RecordFields.with(device(p, architecture), Map.of(field, r))));
    }

    private static FitBlock scaleUp(String architecture, List<Bound> bounds) {
        return new FitBlock(
                architecture + " scale_up",
                bounds,
                c -> c instanceof MeasuredCollective
                        && c.network().isEmpty()
                        && c.architecture().equals(architecture),
                p -> device(p, architecture).scaleUp(),
                (p, r) -> p.with(architecture, RecordFields.with(device(p, architecture), Map.of("scale_up", r))));
    }

    private static FitBlock tool(String name, List<Bound> bounds, boolean products) {
        return new FitBlock(
                "tool " + name,
                bounds,
                c -> isProduct(c) == products && c.tool().equals(name),
                p -> MicrobenchmarkCase.require(p.tools().get(name), name),
                (p, r) -> p.with((MeasuringTool) r));
    }

    private static FitBlock network(String family, List<Bound> bounds) {
        return new FitBlock(
                "network " + family,
                bounds,
                c -> c.network().filter(family::equals).isPresent(),
                p -> MicrobenchmarkCase.require(p.networks().get(family), family),
                (p, r) -> p.with((NetworkProfile) r));
    }

    private static DeviceProfile device(MicrobenchmarkProfiles profiles, String architecture) {
        return MicrobenchmarkCase.require(profiles.devices().get(architecture), architecture);
    }
}
