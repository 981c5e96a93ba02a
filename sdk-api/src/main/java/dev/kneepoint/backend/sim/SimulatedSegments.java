package dev.kneepoint.backend.sim;

import dev.kneepoint.cost.Contention;
import dev.kneepoint.cost.LoweredSegment;
import dev.kneepoint.cost.OpCost;
import dev.kneepoint.cost.OrderStatistics;
import dev.kneepoint.cost.SegmentTimes;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepPlan;
import java.util.HashMap;
import java.util.Map;

/**
 * Simulated segments of one plan. A segment without gradient backlog always runs the same, so folding simulates it once
 * and adds its occupancy as often as it runs; unfolded, every run is simulated.
 */
final class SimulatedSegments implements SegmentTimes {
    private record Key(int stage, int chunk, SegmentKind kind) {}

    private record Known(LoweredSegment lowered, long duration, long carry, Occupancy occupancy) {}

    private final StepPlan plan;
    private final OpCost cost;
    private final double pace;
    private final double[] slowdown;
    private final boolean folds;
    private final MeasuredKernels kernels;
    private final Contention contention;
    private final StageRecorder recorder;
    private final Map<Key, Known> known = new HashMap<>();
    private final Map<Key, LoweredSegment> lowered = new HashMap<>();
    private final Occupancy[] total;
    private final SegmentEngine engine;
    private long carry;
    private long sendHop;

    SimulatedSegments(
            StepPlan plan, boolean folds, StageRecorder recorder, double[] slowdown, MeasuredKernels kernels) {
        this.plan = plan;
        this.kernels = kernels;
        this.slowdown = slowdown;
        this.folds = folds;
        this.recorder = recorder;
        this.cost = new OpCost(plan.scenario());
        cost.layout(plan.layout());
        double spread = plan.scenario().hardware().device().spread();
        this.pace = OrderStatistics.pace(spread, plan.layout().devices());
        this.contention = Contention.of(plan.scenario());
        this.engine = new SegmentEngine(contention, folds && !recorder.records(), recorder, new LoweredSegment());
        this.total = new Occupancy[plan.programs().size()];
        for (int i = 0; i < total.length; i++) {
            total[i] = new Occupancy();
        }
    }

    double pace() {
        return pace;
    }

    Occupancy total(int stage) {
        return total[stage];
    }

    @Override
    public long run(int stage, int chunk, SegmentKind kind, long backlog, long start) {
        Key key = new Key(stage, chunk, kind);
        recorder.stage(stage);
        Known before = known.get(key);
        if (folds && backlog == 0 && before != null && !recorder.records()) {
            total[stage].addAll(before.occupancy(), 1);
            carry = before.carry();
            sendHop = before.lowered().sendHop();
            return before.duration();
        }
        LoweredSegment segment = lowered.computeIfAbsent(key, this::lower);
        long duration = engine.run(segment, backlog, start);
        total[stage].addAll(engine.occupancy(), 1);
        carry = engine.carry();
        sendHop = segment.sendHop();
        if (backlog == 0 && before == null) {
            Occupancy copy = new Occupancy();
            copy.copyFrom(engine.occupancy());
            known.put(key, new Known(segment, duration, carry, copy));
        }
        return duration;
    }

    private LoweredSegment lower(Key key) {
        Segment segment = plan.programs().get(key.stage()).segment(key.kind(), key.chunk());
        return LoweredSegment.of(
                segment, cost, pace * slowdown[key.stage()], kernels.of(key.stage(), key.chunk(), key.kind()));
    }

    @Override
    public long carry() {
        return carry;
    }

    @Override
    public long sendHop() {
        return sendHop;
    }
}
