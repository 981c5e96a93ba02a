package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.TransformerModel;
import java.util.ArrayList;
import java.util.List;

/** The shapes and sizes that are probed, from small to what the device does in the time that one op may take. */
final class ProbeSets {
    private static final int REPEATS = 3;
    private static final int HEADS = 4;
    private static final int[] WIDTHS = {32, 64, 128, 256, 512, 1024, 2048, 4096, 8192};
    private static final int[] TOKENS = {32, 128, 512, 2048, 8192};
    private static final int[] HEAD_SIZES = {16, 32, 64, 128};
    private static final int[] LENGTHS = {32, 64, 128, 256, 512, 1024, 4096};
    /** Rows, columns, reduction: skinny, and of no round size. */
    private static final int[][] ODD = {
        {37, 67, 53}, {100, 300, 200}, {250, 1000, 333}, {1, 512, 512}, {8, 1024, 256}, {512, 16, 512}, {777, 96, 129}
    };

    private static final double KIB = 1024;
    private static final double LEAST_BYTES = 4 * KIB;
    private static final double GROWTH = 4;
    private static final TransformerModel NARROW = ProbeSet.model(128, HEADS, 32, 512);
    private static final TransformerModel WIDE = ProbeSet.model(512, 8, 64, 2048);

    private ProbeSets() {}

    /** One mid-sized op of each kind, from whose times the sizes of the others follow. */
    static ProbeSet pilot() {
        List<Op> ops = new ArrayList<>();
        ops.add(ProbeOps.product("", 256, 256, 256));
        ops.add(ProbeOps.attention("", 1, 128, HEADS, 32, false));
        ops.add(ProbeOps.attention("", 1, 128, HEADS, 32, true));
        for (MemoryKind kind : MemoryKind.values()) {
            ops.add(ProbeOps.memory("", kind, 256 * KIB));
        }
        ops.add(optimizer(256 * KIB));
        return new ProbeSet("pilot", NARROW, "ddp", 1, REPEATS, ops);
    }

    /** Products and attention, and the kinds that stream bytes, on narrow and on wide rows. */
    static List<ProbeSet> compute(ProbeScale scale) {
        List<ProbeSet> out = new ArrayList<>();
        out.add(set("products", NARROW, products(scale)));
        out.add(set("attention", NARROW, attention(scale)));
        out.add(set("memory, narrow rows", NARROW, memory(scale, 1)));
        out.add(set("memory, wide rows", WIDE, memory(scale, 2)));
        return out;
    }

    private static ProbeSet set(String name, TransformerModel model, List<Op> ops) {
        return new ProbeSet(name, model, "ddp", 1, REPEATS, ops);
    }

    /** Forward products, and for every other shape the weight gradient, of layers of each width and token count. */
    private static List<Op> products(ProbeScale scale) {
        List<Op> out = new ArrayList<>();
        int turn = 0;
        for (int h : WIDTHS) {
            for (int t : TOKENS) {
                int[][] pairs = {{h, h}, {3 * h, h}, {4 * h, h}, {h, 4 * h}};
                int[] p = pairs[turn % pairs.length];
                boolean gradient = turn % 3 == 2;
                product(scale, out, gradient ? "-wgrad" : "", gradient ? p[1] : t, p[0], gradient ? t : p[1]);
                turn++;
            }
        }
        for (int[] s : ODD) {
            product(scale, out, "", s[0], s[1], s[2]);
        }
        return out;
    }

    private static void product(ProbeScale scale, List<Op> out, String suffix, double m, double n, double k) {
        Op.Matmul op = ProbeOps.product(suffix, m, n, k);
        if (scale.allows(op)) {
            out.add(op);
        }
    }

    private static List<Op> attention(ProbeScale scale) {
        List<Op> out = new ArrayList<>();
        for (int d : HEAD_SIZES) {
            for (int length : LENGTHS) {
                for (boolean back : new boolean[] {false, true}) {
                    Op.Attention op = ProbeOps.attention("", length < 128 ? 2 : 1, length, HEADS, d, back);
                    if (scale.allows(op)) {
                        out.add(op);
                    }
                }
            }
        }
        return out;
    }

    private static List<Op> memory(ProbeScale scale, double factor) {
        List<Op> out = new ArrayList<>();
        for (MemoryKind kind : MemoryKind.values()) {
            // Few plans have these kinds, and none has them on rows of another width.
            boolean rare = kind == MemoryKind.SCORES || kind == MemoryKind.CAST || kind == MemoryKind.ROUTING;
            for (double bytes = factor * LEAST_BYTES;
                    scale.allows(kind, bytes) && (!rare || factor == 1);
                    bytes *= GROWTH) {
                out.add(ProbeOps.memory("", kind, bytes));
            }
        }
        for (double bytes = factor * LEAST_BYTES; scale.allows(optimizer(bytes)); bytes *= GROWTH) {
            out.add(optimizer(bytes));
        }
        return out;
    }

    private static Op.OptimizerStep optimizer(double bytes) {
        double parameters = Math.max(1, Math.round(bytes / Optimizer.ADAMW.trafficBytes()));
        return ProbeOps.optimizer("", parameters, parameters * Optimizer.ADAMW.trafficBytes());
    }

    /** Collectives of activations and of state, over groups of all ranks. */
    static List<ProbeSet> transfers(ProbeScale scale, int ranks) {
        List<Op> activations = new ArrayList<>();
        List<Op> state = new ArrayList<>();
        for (double bytes = LEAST_BYTES / GROWTH; scale.allowsTransfer(bytes); bytes *= GROWTH) {
            for (CollectiveKind kind : CollectiveKind.values()) {
                activations.add(ProbeOps.blocking("", kind, GroupKind.TENSOR, StreamKind.TENSOR, bytes));
            }
            state.add(ProbeOps.background("", CollectiveKind.ALL_REDUCE, bytes));
            state.add(ProbeOps.background("", CollectiveKind.ALL_GATHER, bytes));
            state.add(ProbeOps.background("", CollectiveKind.REDUCE_SCATTER, bytes));
        }
        TransformerModel model = ProbeSet.model(128, ranks * HEADS, 32, 512 * ranks);
        return List.of(
                new ProbeSet(
                        "collectives of activations", model, ProbePlans.tensor(ranks), ranks, REPEATS, activations),
                new ProbeSet("collectives of state", model, "ddp", ranks, REPEATS, state));
    }
}
