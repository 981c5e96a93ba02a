package dev.kneepoint.backend.sim;

import dev.kneepoint.cost.PipelineClock;
import dev.kneepoint.metrics.Busy;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Seconds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Simulates one step of a plan: its segments event by event, its pipeline slot by slot. */
final class StepSimulator {
    private static final double PICOS = 1e12;

    private final StepPlan plan;
    private final double[] slowdown;
    private final StageRecorder recorder;
    private final SimulatedSegments segments;
    private final PipelineClock clock = new PipelineClock();

    StepSimulator(StepPlan plan, boolean folds, boolean records) {
        this(plan, folds, records, healthy(plan));
    }

    /**
     * Simulates with slow ranks.
     *
     * @param slowdown by stage, how much longer its slowest rank computes than a healthy one; the others wait for it
     */
    StepSimulator(StepPlan plan, boolean folds, boolean records, double[] slowdown) {
        this(plan, folds, records, slowdown, MeasuredKernels.NONE);
    }

    private StepSimulator(StepPlan plan, boolean folds, boolean records, double[] slowdown, MeasuredKernels kernels) {
        this.plan = plan;
        this.slowdown = slowdown;
        this.recorder = new StageRecorder(records, plan.programs().size());
        this.segments = new SimulatedSegments(plan, folds, recorder, slowdown, kernels);
    }

    /** Simulates what is not measured. */
    static StepSimulator around(StepPlan plan, boolean records, MeasuredKernels kernels) {
        return new StepSimulator(plan, true, records, healthy(plan), kernels);
    }

    private static double[] healthy(StepPlan plan) {
        double[] out = new double[plan.programs().size()];
        Arrays.fill(out, 1);
        return out;
    }

    Timeline run() {
        ParallelismStrategy s = plan.layout().strategy();
        var stack = plan.scenario().stack();
        long slotsEnd = clock.run(
                s.schedule(),
                s.pipeline(),
                s.virtualStages(),
                plan.layout().microBatches(),
                stack.overlap().pipelineExposure(),
                segments);
        long[] tails = new long[s.pipeline()];
        long longest = 0;
        for (int stage = 0; stage < tails.length; stage++) {
            tails[stage] = segments.run(stage, 0, SegmentKind.STEP, clock.carry(stage), slotsEnd);
            longest = Math.max(longest, tails[stage]);
        }
        long fixed = Math.round(stack.fixedMillis() * 1e-3 * PICOS);
        List<RankTimeline> ranks = new ArrayList<>(tails.length);
        int critical = 0;
        for (int stage = 0; stage < tails.length; stage++) {
            ranks.add(rank(stage, longest - tails[stage], fixed));
            if (segments.total(stage).busy[0] > segments.total(critical).busy[0]) {
                critical = stage;
            }
        }
        Seconds step = new Seconds((slotsEnd + longest + fixed) / PICOS);
        return new Timeline(step, ranks, slowest(ranks.get(critical).parts()));
    }

    private RankTimeline rank(int stage, long tailWait, long fixed) {
        Occupancy o = segments.total(stage);
        long computing = o.classes[TimeClass.COMPUTE.ordinal()];
        double straggling = computing * (1 - meanPace(stage) / pace(stage));
        TimeParts parts = new TimeParts(
                (computing - straggling) / PICOS,
                (o.classes[TimeClass.EXPOSED_COMMUNICATION.ordinal()] + clock.exposed(stage)) / PICOS,
                (clock.bubble(stage) + tailWait) / PICOS,
                straggling / PICOS,
                (o.classes[TimeClass.LAUNCH.ordinal()] + fixed) / PICOS,
                o.classes[TimeClass.IDLE.ordinal()] / PICOS);
        return new RankTimeline(
                "stage " + stage, plan.programs().get(stage).ranks(), parts, busy(o, stage), recorder.spans(stage));
    }

    private double pace(int stage) {
        return segments.pace() * slowdown[stage];
    }

    /** One rank of the stage is slow, if any; the others are as fast as the mean device. */
    private double meanPace(int stage) {
        int ranks = plan.programs().get(stage).ranks();
        return slowdown[stage] == 1 ? 1 : (segments.pace() * slowdown[stage] + ranks - 1) / ranks;
    }

    private Busy busy(Occupancy o, int stage) {
        Map<String, Double> byAxis = new TreeMap<>();
        for (StreamKind stream : StreamKind.values()) {
            long picos = o.busy[stream.ordinal()] + betweenSlots(stream, stage);
            if (stream != StreamKind.COMPUTE && picos > 0) {
                byAxis.merge(stream.axis(), picos / PICOS, Double::sum);
            }
        }
        double communication = (o.communication + clock.sending(stage) + clock.awaited(stage)) / PICOS;
        return Busy.of(o.busy[0] * meanPace(stage) / pace(stage) / PICOS, communication, byAxis, plan.bytesSent(stage));
    }

    private long betweenSlots(StreamKind stream, int stage) {
        return switch (stream) {
            case PIPELINE -> clock.sending(stage);
            case GRADIENT -> clock.drained(stage);
            case COMPUTE, TENSOR, CONTEXT, EXPERT, SHARD -> 0;
        };
    }

    /** The slowest device computes while the others wait for it. */
    private static TimeParts slowest(TimeParts mean) {
        return new TimeParts(
                mean.compute() + mean.straggler(),
                mean.exposedCommunication(),
                mean.bubble(),
                0,
                mean.launch(),
                mean.idle());
    }
}
