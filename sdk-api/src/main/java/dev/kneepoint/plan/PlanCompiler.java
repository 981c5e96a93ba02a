package dev.kneepoint.plan;

import com.google.common.primitives.Ints;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Turns a scenario and a layout into a {@link StepPlan}. Pure and thread-safe. */
public final class PlanCompiler {
    private PlanCompiler() {}

    /**
     * Compiles one step.
     *
     * @param scenario what is run on what
     * @param layout the resolved strategy
     * @return the plan
     */
    public static StepPlan compile(Scenario scenario, Layout layout) {
        StepEmitter emitter = new StepEmitter();
        emitter.configure(scenario.workload(), scenario.stack(), layout);
        int stages = layout.strategy().pipeline();
        List<RankProgram> programs = new ArrayList<>(stages);
        for (int stage = 0; stage < stages; stage++) {
            programs.add(program(emitter, layout, stage));
        }
        return new StepPlan(
                scenario,
                layout,
                groups(scenario, layout),
                programs,
                MemoryEstimate.of(scenario.workload(), scenario.stack(), layout));
    }

    private static RankProgram program(StepEmitter emitter, Layout layout, int stage) {
        var s = layout.strategy();
        SlotOrder order = new SlotOrder(s.schedule(), stage, s.pipeline(), s.virtualStages(), layout.microBatches());
        List<Segment> segments = new ArrayList<>();
        for (int chunk = 0; chunk < s.virtualStages(); chunk++) {
            for (SegmentKind kind : kinds(order)) {
                segments.add(segment(emitter, stage, chunk, kind));
            }
        }
        segments.add(segment(emitter, stage, 0, SegmentKind.STEP));
        return new RankProgram(stage, layout.devices() / s.pipeline(), segments, order);
    }

    private static Set<SegmentKind> kinds(SlotOrder order) {
        Set<SegmentKind> kinds = EnumSet.noneOf(SegmentKind.class);
        for (int i = 0; i < order.slots(); i++) {
            kinds.add(order.kind(i));
        }
        return kinds;
    }

    private static Segment segment(StepEmitter emitter, int stage, int chunk, SegmentKind kind) {
        RecordingSink sink = new RecordingSink();
        emitter.emit(stage, chunk, kind, sink);
        return new Segment(kind, chunk, sink.blocks());
    }

    private static List<ProcessGroup> groups(Scenario scenario, Layout layout) {
        GroupShapes shapes = new GroupShapes();
        shapes.set(layout, scenario.cluster().fabric().scaleUpDomain());
        List<ProcessGroup> groups = new ArrayList<>();
        for (GroupKind kind : GroupKind.values()) {
            if (shapes.size(kind) > 1) {
                groups.add(new ProcessGroup(kind, Ints.asList(shapes.ranks(kind)), shapes.perDomain(kind)));
            }
        }
        return groups;
    }
}
