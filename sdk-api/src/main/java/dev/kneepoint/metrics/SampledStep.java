package dev.kneepoint.metrics;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.cost.PipelineClock;
import dev.kneepoint.cost.SegmentTimes;
import dev.kneepoint.plan.RankMap;
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
@Incubating
public final class SampledStep implements SegmentTimes {
    private static final double PICOS_PER_NANO = 1e3;
    private static final double NANO = 1e-9;

    private final StepPlan whole;
    private final List<SegmentTotals> ranks;
    private final List<List<Integer>> stageRanks = new ArrayList<>();

    /**
     * Prepares the multiplication.
     *
     * @param whole the plan with all micro-batches
     * @param ranks what every rank ran of it, by rank
     */
    public SampledStep(StepPlan whole, List<SegmentTotals> ranks) {
        this.whole = whole;
        this.ranks = List.copyOf(ranks);
        RankMap map = new RankMap(whole.layout());
        for (int i = 0; i < whole.programs().size(); i++) {
            stageRanks.add(new ArrayList<>());
        }
        for (int r = 0; r < ranks.size(); r++) {
            stageRanks.get(map.stage(r)).add(r);
        }
    }

    /**
     * The step with all layers and micro-batches.
     *
     * @return a rank per stage, without spans
     */
    public Timeline timeline() {
        ParallelismStrategy s = whole.layout().strategy();
        PipelineClock clock = new PipelineClock();
        double picos = clock.run(
                s.schedule(), s.pipeline(), s.virtualStages(), whole.layout().microBatches(), 0, this);
        double longest = 0;
        for (int stage = 0; stage < s.pipeline(); stage++) {
            longest = Math.max(longest, run(stage, 0, SegmentKind.STEP, 0, 0));
        }
        double nanos = (picos + longest) / PICOS_PER_NANO;
        List<RankTimeline> stages = new ArrayList<>();
        int critical = 0;
        for (int stage = 0; stage < s.pipeline(); stage++) {
            RankTimeline rank = stage(stage, nanos);
            stages.add(rank);
            critical = rank.parts().compute() > stages.get(critical).parts().compute() ? stage : critical;
        }
        return new Timeline(
                new Seconds(nanos * NANO), stages, stages.get(critical).parts());
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
        TimeParts parts = TimeParts.ofNanos(sum);
        Busy busy = Busy.of(parts.compute(), parts.exposedCommunication(), Map.of(), whole.bytesSent(stage));
        return new RankTimeline("stage " + stage, program.ranks(), parts, busy, List.of());
    }

    /** Mean over the ranks of a stage, nanoseconds by class. */
    private double[] mean(int stage, SegmentKind kind, int chunk) {
        double[] sum = new double[TimeClass.values().length];
        List<Integer> members = stageRanks.get(stage);
        for (int rank : members) {
            double[] one = ranks.get(rank).mean(kind, chunk);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += one[i] / members.size();
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
