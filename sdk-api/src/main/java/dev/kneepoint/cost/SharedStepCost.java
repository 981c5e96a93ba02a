package dev.kneepoint.cost;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.GroupShapes;
import dev.kneepoint.plan.MemoryEstimate;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepEmitter;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Step time and memory of many layouts, one after the other: the figures of {@link StepCost}, several times quicker where
 * neighbours have much in common. Passes are lowered and estimated once for layouts whose micro-batches are alike, and a
 * pipeline is walked as far as it differs from one without data-parallel traffic. What was estimated before is used again,
 * so that a time may depend on the layouts before by what rounding to picoseconds leaves. Thread-confined: one instance per
 * thread.
 */
@Incubating
public final class SharedStepCost {
    private static final double PICOS = 1e12;
    /** Tapes take 16 bytes a slot. */
    private static final int MOST_TAPED = 1 << 20;

    /** What rounding may take off a time that is a sum of rounded ones. */
    private static final double ROUNDING = 1e-6;

    private final Scenario scenario;
    private final StepCost apart;
    private final OpCost ops;
    private final StepEmitter emitter = new StepEmitter();
    private final SharedSegments segments;
    private final MemoryEstimate memory = new MemoryEstimate();
    private final TapeWalk walk;
    private final Map<Integer, GroupShapes> groups = new HashMap<>();
    private final TapeShelf tapes = new TapeShelf();
    private final UnavoidableWork unavoidable;
    private final Map<TapeShelf.Key, TapeWalk.Base> bases = new HashMap<>();
    private final Map<Long, Double> known = new HashMap<>();
    private long[] times = {};
    private long[] leaves = {};
    private boolean steady;
    private boolean passesLeave;
    /** Whether a first forward pass is like the others. */
    private boolean firstIsPlain;

    private @Nullable Layout latest;

    /**
     * Costs in a scenario.
     *
     * @param scenario the scenario
     * @throws IllegalArgumentException if the device does not support the workload's precision
     */
    public SharedStepCost(Scenario scenario) {
        this.scenario = scenario;
        this.apart = new StepCost(scenario);
        this.ops = new OpCost(scenario);
        this.segments = new SharedSegments(scenario, ops, emitter);
        this.walk = new TapeWalk(segments);
        this.unavoidable = new UnavoidableWork(segments);
    }

    /**
     * Step time.
     *
     * @param layout a layout of the scenario's workload
     * @return seconds
     */
    public double seconds(Layout layout) {
        if (scenario.hardware().device().probed().isPresent()) {
            return apart.seconds(layout);
        }
        choose(layout);
        return known.computeIfAbsent(emitter.traffic(), t -> compute(layout));
    }

    /**
     * Peak memory of the fullest device.
     *
     * @param layout a layout of the scenario's workload
     * @return bytes
     */
    public double memoryBytes(Layout layout) {
        return memory.compute(scenario.workload(), scenario.stack(), layout);
    }

    /**
     * A time that no layout of the same degrees, micro-batch and recomputation is quicker than, whatever its chunks,
     * schedule and data kind: the work of the mean stage.
     *
     * @param layout one of them with {@link dev.kneepoint.strategy.DataKind#DDP}
     * @return seconds; 0 where no such time is known
     */
    public double leastOfShape(Layout layout) {
        if (!prepare(layout)) {
            return 0;
        }
        double work = (double) unavoidable.ofMicroBatch() * layout.microBatches();
        return bound(work / layout.strategy().pipeline());
    }

    /**
     * A time that no layout which differs in its data kind and prefetching alone is quicker than: the work of the
     * busiest stage, and the way to it and back.
     *
     * @param layout one of them with {@link dev.kneepoint.strategy.DataKind#DDP}
     * @return seconds; 0 where no such time is known
     */
    public double least(Layout layout) {
        return prepare(layout) ? bound(unavoidable.ofBusiest(layout.microBatches())) : 0;
    }

    private boolean prepare(Layout layout) {
        if (scenario.hardware().device().probed().isPresent()) {
            return false;
        }
        choose(layout);
        segments.reset(layout);
        return segments.plain();
    }

    private double bound(double picos) {
        return picos / PICOS * (1 - ROUNDING) + scenario.stack().fixedMillis() * 1e-3;
    }

    private void choose(Layout layout) {
        Layout before = latest;
        boolean degrees = before != null && sameDegrees(before, layout);
        boolean shape = before != null && degrees && sameShape(before, layout);
        boolean chunking = before != null && shape && sameChunks(before, layout);
        if (!degrees) {
            groups.clear();
        }
        int group = layout.strategy().shardGroup();
        GroupShapes shapes = groups.get(group);
        if (shapes == null) {
            shapes = new GroupShapes();
            shapes.set(layout, scenario.cluster().fabric().scaleUpDomain());
            groups.put(group, shapes);
        }
        ops.layout(layout, shapes);
        emitter.configure(scenario.workload(), scenario.stack(), layout);
        if (!shape) {
            segments.forget(layout);
        }
        if (!chunking) {
            bases.clear();
            known.clear();
        }
        latest = layout;
    }

    private static boolean sameShape(Layout a, Layout b) {
        return a.microBatch() == b.microBatch() && a.recompute() == b.recompute();
    }

    private static boolean sameChunks(Layout a, Layout b) {
        return a.strategy().schedule() == b.strategy().schedule()
                && a.chunkLayers().equals(b.chunkLayers());
    }

    private static boolean sameDegrees(Layout a, Layout b) {
        ParallelismStrategy s = a.strategy();
        ParallelismStrategy t = b.strategy();
        return a.devices() == b.devices()
                && s.tensor() == t.tensor()
                && s.sequenceParallel() == t.sequenceParallel()
                && s.pipeline() == t.pipeline()
                && s.context() == t.context()
                && s.expert() == t.expert()
                && s.foldedExperts() == t.foldedExperts()
                && s.order().equals(t.order());
    }

    private double compute(Layout layout) {
        ParallelismStrategy s = layout.strategy();
        segments.reset(layout);
        int m = layout.microBatches();
        int walked = StepCost.walked(s, m);
        boolean carriesOver = fill(s, m);
        double exposure = scenario.stack().overlap().pipelineExposure();
        double end;
        if (m > walked && carriesOver) {
            long all = whole(s, walked, m, exposure);
            if (all < 0) {
                return apart.seconds(layout);
            }
            end = (double) all;
        } else {
            walk(s, walked, walked, exposure);
            end = walk.end();
            end += m > walked ? (m - walked) * period(s, exposure) : 0;
        }
        double tail = segments.step(walk.carry());
        return (end + tail) / PICOS + scenario.stack().fixedMillis() * 1e-3;
    }

    /** Finds what segments take; says whether a micro-batch leaves gradients to the next one. */
    private boolean fill(ParallelismStrategy s, int m) {
        int size = segments.chunks() * SlotTape.KINDS;
        if (times.length < size) {
            times = new long[size];
            leaves = new long[size];
        }
        boolean splits = s.schedule() == PipelineScheduleKind.ZERO_BUBBLE_H1;
        boolean first = segments.fill(SegmentKind.FORWARD_FIRST, times, leaves);
        if (!segments.passesKnown()) {
            passesLeave = fillPasses(m, splits);
            segments.passesFilled();
        }
        segments.fill(splits ? SegmentKind.WEIGHT_LAST : SegmentKind.BACKWARD_LAST, times, leaves);
        steady = m > 1 && !passesLeave;
        firstIsPlain = !first && firstTakesAsLong();
        return first || passesLeave;
    }

    /** Finds what all micro-batches but the first and the last take; says whether they leave gradients. */
    private boolean fillPasses(int m, boolean splits) {
        boolean leave = false;
        if (m > 1) {
            leave = segments.fill(SegmentKind.FORWARD, times, leaves);
        }
        if (m > 1 || splits) {
            leave |= segments.fill(SegmentKind.BACKWARD, times, leaves);
        }
        if (m > 1 && splits) {
            leave |= segments.fill(SegmentKind.WEIGHT, times, leaves);
        }
        return leave;
    }

    private boolean firstTakesAsLong() {
        boolean same = true;
        for (int at = 0; at < segments.chunks() * SlotTape.KINDS; at += SlotTape.KINDS) {
            same &= times[at + SegmentKind.FORWARD_FIRST.ordinal()] == times[at + SegmentKind.FORWARD.ordinal()];
        }
        return same;
    }

    /** Picoseconds of all micro-batches, those that only repeat others multiplied out; -1 if that would be too long a tape. */
    private long whole(ParallelismStrategy s, int walked, int m, double exposure) {
        int p = s.pipeline();
        for (int rounds = 4; ; rounds *= 4) {
            boolean all = s.schedule() == PipelineScheduleKind.GPIPE || p == 1 || rounds >= (m - walked) / p;
            int walking = all ? m : walked + rounds * p;
            if (3L * segments.chunks() * walking > MOST_TAPED) {
                return -1;
            }
            walk(s, walking, walked, exposure);
            if (all) {
                return walk.end();
            } else if (walk.repeats()) {
                return walk.end() + (m - walking) / p * walk.round();
            }
        }
    }

    private void walk(ParallelismStrategy s, int microBatches, int walked, double exposure) {
        int p = s.pipeline();
        TapeShelf.Key key = new TapeShelf.Key(s.schedule(), p, s.virtualStages(), microBatches, microBatches - walked);
        SlotTape tape = tapes.get(key);
        walk.take(p, times, leaves, segments.hop(), Picos.round(exposure * segments.hop()));
        if (p == 1 || !steady || (!segments.plain() && firstIsPlain && microBatches == walked)) {
            walk.whole(tape);
            return;
        }
        TapeWalk.Base base = segments.plain() ? bases.get(key) : null;
        if (base == null) {
            base = walk.base(tape, withoutTraffic());
            if (segments.plain()) {
                bases.put(key, base);
            }
        }
        walk.beside(base, firstIsPlain);
    }

    /** Times in which the first forward passes are like the others. */
    private long[] withoutTraffic() {
        long[] out = times.clone();
        for (int c = 0; c < segments.chunks(); c++) {
            int at = c * SlotTape.KINDS;
            out[at + SegmentKind.FORWARD_FIRST.ordinal()] = out[at + SegmentKind.FORWARD.ordinal()];
        }
        return out;
    }

    private double period(ParallelismStrategy s, double exposure) {
        boolean apartPasses = s.schedule() == PipelineScheduleKind.GPIPE;
        double busiest = segments.perMicroBatch(apartPasses, exposure);
        if (s.pipeline() == 1 || apartPasses) {
            return busiest;
        }
        return Math.max(busiest, walk.round() / (double) s.pipeline());
    }
}
