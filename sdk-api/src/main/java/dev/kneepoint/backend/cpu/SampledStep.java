package dev.kneepoint.backend.cpu;

import dev.kneepoint.cost.PipelineClock;
import dev.kneepoint.cost.SegmentTimes;
import dev.kneepoint.metrics.Busy;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Seconds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Multiplies a step out of which only some layers and micro-batches were run: the mean time of each distinct segment,
 * put through the pipeline's schedule with all micro-batches.
 */
final class SampledStep implements SegmentTimes {
    private static final double PICOS_PER_NANO = 1e3;
    private static final double NANO = 1e-9;

    private final StepPlan whole;
    private final StepGate.Step run;
    private final List<List<Integer>> stageRanks = new ArrayList<>();

    /**
     * Prepares the multiplication.
     *
     * @param whole the plan with all micro-batches
     * @param run what was run of it
     * @param fabric knows the ranks' stages
     */
    SampledStep(StepPlan whole, StepGate.Step run, Fabric fabric) {
        this.whole = whole;
        this.run = run;
        for (int i = 0; i < whole.programs().size(); i++) {
            stageRanks.add(new ArrayList<>());
        }
        for (int r = 0; r < run.ranks().size(); r++) {
            stageRanks.get(fabric.stage(r)).add(r);
        }
    }

    Timeline timeline() {
        ParallelismStrategy s = whole.layout().strategy();
        PipelineClock clock = new PipelineClock();
        double picos = clock.run(
                s.schedule(), s.pipeline(), s.virtualStages(), whole.layout().microBatches(), 0, this);
        double longest = 0;
        for (int stage = 0; stage < s.pipeline(); stage++) {
            longest = Math.max(longest, run(stage, 0, SegmentKind.STEP, 0, 0));
        }
        double nanos = (picos + longest) / PICOS_PER_NANO;
        List<RankTimeline> ranks = new ArrayList<>();
        int critical = 0;
        for (int stage = 0; stage < s.pipeline(); stage++) {
            RankTimeline rank = stage(stage, nanos);
            ranks.add(rank);
            critical = rank.parts().compute() > ranks.get(critical).parts().compute() ? stage : critical;
        }
        return new Timeline(
                new Seconds(nanos * NANO), ranks, ranks.get(critical).parts());
    }

    private RankTimeline stage(int stage, double nanos) {
        RankProgram program = whole.programs().get(stage);
        double[] sum = new double[TimeClass.values().length];
        for (Segment segment : program.segments()) {
            double[] mean = mean(stage, segment.kind(), segment.chunk());
            for (int i = 0; i < sum.length; i++) {
                sum[i] += mean[i] * program.runs(segment);
            }
        }
        double spent = 0;
        for (double c : sum) {
            spent += c;
        }
        sum[TimeClass.BUBBLE.ordinal()] += Math.max(0, nanos - spent);
        TimeParts parts = TimeSplit.parts(sum);
        Busy busy = Busy.of(parts.compute(), parts.exposedCommunication(), Map.of(), whole.bytesSent(stage));
        return new RankTimeline("stage " + stage, program.ranks(), parts, busy, List.of());
    }

    /** Mean over the ranks of a stage, nanoseconds by class. */
    private double[] mean(int stage, SegmentKind kind, int chunk) {
        double[] sum = new double[TimeClass.values().length];
        List<Integer> ranks = stageRanks.get(stage);
        for (int rank : ranks) {
            double[] one = run.ranks().get(rank).totals().mean(kind, chunk);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += one[i] / ranks.size();
            }
        }
        return sum;
    }

    @Override
    public long run(int stage, int chunk, SegmentKind kind, long carry, long start) {
        double nanos = 0;
        for (double c : mean(stage, kind, chunk)) {
            nanos += c;
        }
        return Math.round(nanos * PICOS_PER_NANO);
    }

    @Override
    public long carry() {
        return 0;
    }

    @Override
    public long sendHop() {
        return 0;
    }
}
