package dev.kneepoint.samples.roofline;

import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.metrics.Busy;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Span;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.ProcessGroup;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.SlotOrder;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.units.Seconds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One step: the stages run side by side and the longest one sets the pace; within a stage nothing overlaps. */
final class RooflineStep {
    private static final double PICOS = 1e12;

    private final StepPlan plan;
    private final boolean recordsSpans;
    private final double flops;
    private final double memory;
    private final double link;

    RooflineStep(StepPlan plan, boolean recordsSpans) {
        this.plan = plan;
        this.recordsSpans = recordsSpans;
        Accelerator device = plan.scenario().cluster().accelerator();
        this.flops = device.peak(plan.scenario().workload().precision())
                .orElseThrow()
                .value();
        this.memory = device.memoryBandwidth().value();
        this.link =
                plan.scenario().cluster().fabric().networkBandwidthPerDevice().value();
    }

    /** What a stage has done so far. */
    private static final class Stage {
        double compute;
        double communication;
        final Map<String, Double> byAxis = new TreeMap<>();
        final List<Span> spans = new ArrayList<>();

        double now() {
            return compute + communication;
        }
    }

    Timeline timeline() {
        List<Stage> stages = plan.programs().stream().map(this::run).toList();
        double step = stages.stream().mapToDouble(Stage::now).max().orElseThrow();
        List<RankTimeline> ranks = new ArrayList<>();
        int critical = 0;
        for (int i = 0; i < stages.size(); i++) {
            Stage s = stages.get(i);
            critical = s.now() == step ? i : critical;
            ranks.add(new RankTimeline(
                    "stage " + i,
                    plan.programs().get(i).ranks(),
                    new TimeParts(s.compute, s.communication, step - s.now(), 0, 0, 0),
                    Busy.of(s.compute, s.communication, s.byAxis, plan.bytesSent(i)),
                    s.spans));
        }
        return new Timeline(new Seconds(step), ranks, ranks.get(critical).parts());
    }

    private Stage run(RankProgram program) {
        Stage stage = new Stage();
        SlotOrder order = program.order();
        for (int slot = 0; slot < order.slots(); slot++) {
            run(program.segment(order.kind(slot), order.chunk(slot)), stage);
        }
        run(program.segment(SegmentKind.STEP, 0), stage);
        return stage;
    }

    private void run(Segment segment, Stage stage) {
        for (Block block : segment.blocks()) {
            for (int i = 0; i < block.repeat(); i++) {
                for (Op op : block.ops()) {
                    run(op, stage);
                }
            }
        }
    }

    private void run(Op op, Stage stage) {
        double start = stage.now();
        double seconds = seconds(op);
        boolean transfers = op instanceof Op.Collective || op instanceof Op.SendReceive;
        if (transfers) {
            stage.communication += seconds;
            if (seconds > 0) {
                stage.byAxis.merge(op.stream().axis(), seconds, Double::sum);
            }
        } else {
            stage.compute += seconds;
        }
        if (recordsSpans) {
            long from = (long) (start * PICOS);
            long to = Math.max(from, (long) (stage.now() * PICOS));
            stage.spans.add(new Span(op.name(), op.stream().label(), from, to, !transfers));
        }
    }

    private double seconds(Op op) {
        return switch (op) {
            case Op.Matmul m -> m.flops() / flops;
            case Op.Attention a -> a.flops() / flops;
            case Op.MemoryBound m -> m.bytes() / memory;
            case Op.OptimizerStep o -> o.bytes() / memory;
            case Op.Collective c -> c.kind().busBytes(c.bytes(), ranks(c)) / link;
            case Op.SendReceive t -> t.send() ? t.bytes() / link : 0;
        };
    }

    private int ranks(Op.Collective c) {
        for (ProcessGroup g : plan.groups()) {
            if (g.kind() == c.group()) {
                return g.size();
            }
        }
        return 1;
    }
}
