package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.OpEvents;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.workload.TransformerModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes the plans of {@link SystemFit}. */
final class SystemProbes {
    static final String EMPTY = "nearly empty step";
    static final String STEP = "step of a small model";
    static final String DATA = "ddp";
    static final String SHARDED = "fsdp";
    static final String STAGES = "ddp,pp=2";
    static final String HOP = "one micro-batch through a pipeline";
    static final String PIPELINE = "micro-batches through a pipeline";
    static final String REDUCE = "gradient reduction beside compute";
    static final String GATHER = "weight gather beside compute";
    static final String MEETING = "compute between meetings";

    private static final double ELEMENT = 4;
    private static final int HEADS = 4;
    private static final int WIDTH = 128;
    private static final int MICRO_BATCHES = 6;
    private static final int TURNS = 4;
    private static final int MEETINGS = 12;
    /** Per rank, since tensor ranks share it. */
    private static final int VOCABULARY = 512;

    private static final int[] MODELS = {32, 64, 128, 256, 512, 1024, 2048, 4096};
    /** Products of a model's width in its step, and the longest such step in seconds: few would be run otherwise. */
    private static final int PRODUCTS = 140;

    private static final double LONGEST_STEP = 0.04;
    private static final int MOST_MODELS = 4;
    private static final int WIDEST_HEAD = 64;
    private static final int STEP_MICRO_BATCHES = 2;
    private static final int[] WIDTHS = {16, 64, 256};
    /** Kernels between two meetings of a layer. */
    private static final int FEW = 8;

    private static final double[] MESSAGES = {4096, 65_536, 1_048_576};
    private static final double[] BUFFERS = {262_144, 2_097_152};
    /** Time of the kernels against that of the transfer beside them. */
    private static final double[] RATIOS = {0.5, 1, 3};

    private final ProbePlans plans;
    private final int ranks;
    private final TransformerModel model;
    private final Timing timing;

    /** Times of single ops, to choose sizes by. */
    interface Timing {
        double seconds(Op op);
    }

    SystemProbes(ProbePlans plans, int ranks, Timing timing) {
        this.plans = plans;
        this.ranks = ranks;
        this.model = ProbeSet.model(WIDTH, ranks * HEADS, 32, VOCABULARY * ranks);
        this.timing = timing;
    }

    List<SystemProbe> all() {
        List<SystemProbe> out = new ArrayList<>();
        out.add(empty(ranks));
        List<Integer> widths = widths();
        widths.forEach(width -> out.add(step(STEP, width, DATA, 1)));
        if (ranks > 1) {
            for (int width : widths) {
                for (String strategy : List.of(DATA, SHARDED, ProbePlans.tensor(ranks))) {
                    out.add(step(stepUnder(strategy), width, strategy, ranks));
                }
                out.add(step(stepUnder(STAGES), width, STAGES, 2));
            }
            for (double bytes : MESSAGES) {
                out.add(pipeline(HOP, bytes, 1));
                out.add(pipeline(PIPELINE, bytes, MICRO_BATCHES));
            }
            for (double bytes : BUFFERS) {
                for (double ratio : RATIOS) {
                    out.add(beside(REDUCE, bytes, ratio));
                    out.add(beside(GATHER, bytes, ratio));
                }
            }
            for (int width : WIDTHS) {
                out.add(meeting(width, 1));
                out.add(meeting(width, FEW));
            }
        }
        return out;
    }

    private SystemProbe empty(int on) {
        StepPlan template = plans.template(model, "ddp", on, 1);
        List<Op> little = new ArrayList<>();
        ProbePlans.renew(little, WIDTH, WIDTH, ELEMENT);
        return probe(
                EMPTY,
                "one small kernel",
                template,
                (stage, kind) -> kind == SegmentKind.FORWARD_FIRST ? little : List.of(),
                WIDTH * ELEMENT);
    }

    /** The kind of the whole steps of several ranks under a strategy. */
    static String stepUnder(String strategy) {
        return STEP + ", " + strategy;
    }

    /** From narrow to what a step may take. */
    private List<Integer> widths() {
        List<Integer> all = Arrays.stream(MODELS)
                .filter(w -> w == MODELS[0]
                        || PRODUCTS * timing.seconds(ProbeOps.product("", ProbePlans.SEQUENCE, w, w)) <= LONGEST_STEP)
                .boxed()
                .toList();
        return all.subList(Math.max(0, all.size() - MOST_MODELS), all.size());
    }

    /** A whole step of a small model: ops of all kinds, as they follow each other in a layer. */
    private SystemProbe step(String kind, int width, String strategy, int on) {
        int heads = ranks * Math.ceilDiv(Math.max(HEADS, width / WIDEST_HEAD), ranks);
        TransformerModel small = ProbeSet.model(width, heads, Math.max(1, width / heads), VOCABULARY * ranks);
        return new SystemProbe(kind, "width " + width, plans.template(small, strategy, on, STEP_MICRO_BATCHES));
    }

    private static SystemProbe probe(
            String kind, String label, StepPlan template, ProbePlans.Content content, double bytes) {
        return new SystemProbe(kind, label, ProbePlans.with(template, content, bytes));
    }

    /** Two stages: each receives, computes a little and sends on. */
    private SystemProbe pipeline(String kind, double bytes, int microBatches) {
        StepPlan template = plans.template(model, "ddp,pp=2", 2, microBatches);
        ProbePlans.Content content = (stage, segment) -> switch (segment) {
            case FORWARD, FORWARD_FIRST -> hop(stage == 1, stage == 0, true, bytes);
            case BACKWARD, BACKWARD_LAST -> hop(stage == 0, stage == 1, false, bytes);
            case WEIGHT, WEIGHT_LAST, STEP -> List.of();
        };
        return probe(kind, Math.round(bytes) + " B", template, content, bytes);
    }

    private static List<Op> hop(boolean receives, boolean sends, boolean towardsLast, double bytes) {
        List<Op> ops = new ArrayList<>();
        if (receives) {
            ops.add(ProbeOps.message(false, towardsLast, bytes));
        }
        ProbePlans.renew(ops, bytes / ELEMENT, WIDTH, ELEMENT);
        if (sends) {
            ops.add(ProbeOps.message(true, towardsLast, bytes));
        }
        return ops;
    }

    /** Transfers behind a kernel each, beside kernels that take a multiple of their time. */
    private SystemProbe beside(String kind, double bytes, double ratio) {
        boolean gather = kind.equals(GATHER);
        Op.Collective transfer = gather
                ? ProbeOps.gather("transfer", bytes)
                : ProbeOps.background("transfer", CollectiveKind.ALL_REDUCE, bytes);
        Op.Matmul kernel = ProbeOps.product("beside", 16, WIDTH, WIDTH);
        long kernels = Math.max(1, Math.round(ratio * timing.seconds(transfer) / timing.seconds(kernel)));
        List<Op> ops = new ArrayList<>();
        for (int turn = 0; turn < TURNS; turn++) {
            ProbePlans.renew(ops, 64 * WIDTH, WIDTH, ELEMENT);
            ops.add(transfer);
            for (int i = 0; i < kernels; i++) {
                ops.add(kernel);
            }
            ops.add(ProbeOps.mark("wait", gather ? OpEvents.GATHERED : OpEvents.REDUCED));
        }
        return probe(
                kind,
                Math.round(bytes) + " B, " + kernels + " kernels",
                plans.template(model, "ddp", ranks, 1),
                (stage, segment) -> segment == SegmentKind.FORWARD_FIRST ? ops : List.of(),
                bytes);
    }

    /** Products between small all-reduces: what the slowest rank and a hand-over add. */
    private SystemProbe meeting(int width, int kernels) {
        List<Op> ops = new ArrayList<>();
        for (int i = 0; i < MEETINGS; i++) {
            ProbePlans.renew(ops, width * width, WIDTH, ELEMENT);
            for (int k = 0; k < kernels; k++) {
                ops.add(ProbeOps.product("apart", width, width, width));
            }
            ops.add(ProbeOps.blocking("meet", CollectiveKind.ALL_REDUCE, GroupKind.TENSOR, StreamKind.TENSOR, 4096));
        }
        return probe(
                MEETING,
                kernels + " of " + width + "^3",
                plans.template(model, ProbePlans.tensor(ranks), ranks, 1),
                (stage, segment) -> segment == SegmentKind.FORWARD_FIRST ? ops : List.of(),
                ELEMENT * width * width);
    }
}
