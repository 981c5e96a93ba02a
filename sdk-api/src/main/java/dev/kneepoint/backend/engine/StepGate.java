package dev.kneepoint.backend.engine;

import dev.kneepoint.metrics.RankRecord;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.SegmentTotals;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.units.Seconds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Begins and ends the steps of all ranks together, and keeps what they did. Thread-safe. */
final class StepGate {
    private static final double NANO = 1e-9;

    /** What a rank did in a step. */
    private record RankStep(RankTimeline timeline, SegmentTotals totals, SegmentKernels kernels) {}

    private final int warmup;
    private final int steps;
    private final boolean spans;
    private final StepMeter meter;
    private final Barrier begin;
    private final Barrier end;
    private final RankStep[][] kept;
    private final long[] nanos;

    StepGate(RunControl control, int ranks, ExecutionRequest request, StepMeter meter) {
        int measured = request.measuredSteps();
        this.warmup = request.warmupSteps();
        this.steps = warmup + measured;
        this.spans = request.recordSpans();
        this.meter = meter;
        this.begin = new Barrier(control, ranks);
        this.end = new Barrier(control, ranks);
        this.kept = new RankStep[measured][ranks];
        this.nanos = new long[measured];
    }

    int steps() {
        return steps;
    }

    /** Waits for all ranks; when the last one arrived is when the step begins, by {@link System#nanoTime}. */
    long begin(int rank, int step) {
        // The others wait, and nobody has enqueued anything since the step before.
        if (rank == 0 && step == warmup) {
            meter.begin();
        }
        return begin.meet(rank, System.nanoTime());
    }

    /** Waits for all ranks; when the last command of any of them ended. */
    long end(int rank, int step, long lastCommand) {
        long ended = end.meet(rank, lastCommand);
        if (rank == 0 && step == steps - 1) {
            meter.end();
        }
        return ended;
    }

    /** Keeps what a rank did in a step, unless the step was to warm up. */
    void keep(int step, RankState rank, long start, long until) {
        if (step < warmup) {
            return;
        }
        long stop = Math.max(until, start + 1);
        StepLog log = rank.log;
        RankRecord record = log.record(start);
        RankStep done = new RankStep(
                record.timeline("rank " + rank.rank, start, stop, spans),
                log.totals(record, start, stop),
                log.kernels());
        synchronized (kept) {
            kept[step - warmup][rank.place] = done;
            nanos[step - warmup] = stop - start;
        }
    }

    /** Timelines of the measured steps, once every rank has ended. */
    List<Timeline> timelines() {
        synchronized (kept) {
            List<Timeline> out = new ArrayList<>();
            for (int s = 0; s < kept.length; s++) {
                List<RankTimeline> ranks =
                        Arrays.stream(kept[s]).map(RankStep::timeline).toList();
                out.add(new Timeline(
                        new Seconds(nanos[s] * NANO), ranks, critical(ranks).parts()));
            }
            return out;
        }
    }

    /** The rank that computes the longest. */
    static RankTimeline critical(List<RankTimeline> ranks) {
        RankTimeline critical = ranks.getFirst();
        for (RankTimeline r : ranks) {
            critical = r.parts().compute() > critical.parts().compute() ? r : critical;
        }
        return critical;
    }

    /** The measured steps of the ranks of this process, once every rank has ended. */
    List<TimelineCodec.Step> steps(List<Place> places) {
        synchronized (kept) {
            List<TimelineCodec.Step> out = new ArrayList<>();
            for (int s = 0; s < kept.length; s++) {
                SortedMap<Integer, RankTimeline> ranks = new TreeMap<>();
                for (int place = 0; place < places.size(); place++) {
                    ranks.put(places.get(place).rank(), kept[s][place].timeline());
                }
                out.add(new TimelineCodec.Step(nanos[s], ranks));
            }
            return out;
        }
    }

    /** How long the longest measured step took. */
    Duration longest() {
        synchronized (kept) {
            return Duration.ofNanos(Arrays.stream(nanos).max().orElse(0));
        }
    }

    /** How long the compute ops of the first rank took, for every measured step. */
    List<SegmentKernels> kernels() {
        synchronized (kept) {
            return Arrays.stream(kept).map(s -> s[0].kernels()).toList();
        }
    }

    /** What each rank spent in each segment, for every measured step. */
    List<List<SegmentTotals>> totals() {
        synchronized (kept) {
            return Arrays.stream(kept)
                    .map(s -> Arrays.stream(s).map(RankStep::totals).toList())
                    .toList();
        }
    }
}
