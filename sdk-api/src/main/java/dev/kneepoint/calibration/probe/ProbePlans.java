package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.MemoryUse;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.Overlap;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans whose first segment holds the ops of a probe. Before each op a small norm and a product with a short reduction
 * write as many values as it reads, as the op before it would in a step: so values keep their size, and lie in the caches
 * where a step would have left them.
 */
final class ProbePlans {
    static final String PREFIX = "probe-";
    static final String RENEW = "renew";
    static final String MARK = "after-";

    static final int SEQUENCE = 64;
    /** Reduction length of the product that renews the input. */
    private static final int SHORT = 8;

    private final MachineProfile machine;

    ProbePlans(MachineProfile machine) {
        this.machine = machine;
    }

    StepPlan of(ProbeSet set) {
        double element = machine.precision().storageBytes();
        List<Op> ops = new ArrayList<>();
        double largest = 0;
        for (int i = 0; i < set.ops().size(); i++) {
            Op op = set.ops().get(i);
            double read = Footprint.read(op, element);
            largest = Math.max(largest, Footprint.held(op, element));
            for (int r = 0; r < set.repeats(); r++) {
                renew(ops, read, set.model().hidden(), element);
                ops.add(Footprint.named(op, PREFIX + i));
                if (op instanceof Op.Collective c && c.overlap() == Overlap.PREFETCHED) {
                    ops.add(ProbeOps.mark(MARK + i));
                }
            }
        }
        renew(ops, 1, set.model().hidden(), element);
        StepPlan template = template(set.model(), set.strategy(), set.ranks(), 1);
        return with(template, (stage, kind) -> kind == SegmentKind.FORWARD_FIRST ? ops : List.of(), largest);
    }

    static void renew(List<Op> ops, double elements, int width, double element) {
        double rows = Math.max(1, Math.ceil(elements / width));
        double normed = Math.max(width, rows * SHORT);
        ops.add(ProbeOps.memory(RENEW + "-norm", MemoryKind.NORM, 2 * element * normed));
        ops.add(ProbeOps.signalling(RENEW, rows, width, SHORT));
    }

    /** The strategy whose tensor group is all of so many ranks. */
    static String tensor(int ranks) {
        return "ddp,tp=" + ranks;
    }

    /** A legal plan whose groups and stages a probe uses. */
    StepPlan template(TransformerModel model, String strategy, int ranks, int microBatches) {
        ParallelismStrategy parsed =
                ParallelismStrategy.parse(strategy).toBuilder().microBatch(1).build();
        int data = ranks / (parsed.tensor() * parsed.pipeline());
        TrainingWorkload w = new TrainingWorkload(
                model, SEQUENCE, data * microBatches, machine.precision(), Recompute.NONE, Optimizer.ADAMW);
        return switch (Layout.of(w, parsed, ranks)) {
            case Feasibility.Feasible f -> PlanCompiler.compile(machine.scenario(w), f.layout());
            case Feasibility.Infeasible i -> throw new IllegalArgumentException(i.message());
        };
    }

    /** What a stage runs in one kind of segment. */
    interface Content {
        List<Op> of(int stage, SegmentKind kind);
    }

    /** The template with other ops. */
    static StepPlan with(StepPlan template, Content content, double largest) {
        List<RankProgram> programs = template.programs().stream()
                .map(p -> new RankProgram(
                        p.stage(),
                        p.ranks(),
                        p.segments().stream()
                                .map(s -> segment(s, content.of(p.stage(), s.kind())))
                                .toList(),
                        p.order()))
                .toList();
        return new StepPlan(template.scenario(), template.layout(), template.groups(), programs, memory(largest));
    }

    private static Segment segment(Segment s, List<Op> ops) {
        return new Segment(s.kind(), s.chunk(), ops.isEmpty() ? List.of() : List.of(new Block("probes", 1, ops)));
    }

    private static MemoryUse memory(double largest) {
        Bytes none = new Bytes(0);
        Bytes each = new Bytes(Math.round(largest));
        return new MemoryUse(each, each, each, each, none, none);
    }
}
