package dev.kneepoint.backend.cpu;

import dev.kneepoint.metrics.Busy;
import dev.kneepoint.metrics.Intervals;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Span;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.units.Seconds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes the timeline of a step that was run whole. */
final class MeasuredStep {
    private static final double NANO = 1e-9;

    private MeasuredStep() {}

    static Timeline timeline(StepGate.Step step) {
        List<RankTimeline> ranks = new ArrayList<>();
        int critical = 0;
        for (int r = 0; r < step.ranks().size(); r++) {
            RankTimeline rank = rank(step, r);
            ranks.add(rank);
            critical = rank.parts().compute() > ranks.get(critical).parts().compute() ? r : critical;
        }
        return new Timeline(
                new Seconds(step.nanos() * NANO), ranks, ranks.get(critical).parts());
    }

    private static RankTimeline rank(StepGate.Step step, int rank) {
        double[] classes = step.ranks().get(rank).classes().clone();
        double spent = 0;
        for (double c : classes) {
            spent += c;
        }
        classes[TimeClass.IDLE.ordinal()] += Math.max(0, step.nanos() - spent);
        TimeParts parts = TimeParts.ofNanos(classes);
        return new RankTimeline("rank " + rank, 1, parts, busy(step, rank), spans(step, rank));
    }

    private static List<Span> spans(StepGate.Step step, int rank) {
        List<Span> out = new ArrayList<>();
        for (StepGate.LaneRecord lane : step.lanes()) {
            if (lane.rank() == rank) {
                out.addAll(lane.spans());
            }
        }
        return out;
    }

    /** Busy times of a rank; bytes as they were counted where they were copied. */
    static Busy busy(StepGate.Step step, int rank) {
        List<long[]> compute = new ArrayList<>();
        List<long[]> transfers = new ArrayList<>();
        Map<String, List<long[]>> byAxis = new TreeMap<>();
        Map<String, Double> bytes = new TreeMap<>();
        for (StepGate.LaneRecord lane : step.lanes()) {
            if (lane.rank() == rank && lane.stream() == StreamKind.COMPUTE) {
                compute.add(lane.intervals());
            } else if (lane.rank() == rank) {
                transfers.add(lane.intervals());
                byAxis.computeIfAbsent(lane.stream().axis(), a -> new ArrayList<>())
                        .add(lane.intervals());
                if (lane.bytes() > 0) {
                    bytes.merge(lane.stream().axis(), (double) lane.bytes(), Double::sum);
                }
            }
        }
        Map<String, Double> seconds = new TreeMap<>();
        byAxis.forEach((axis, all) -> seconds.put(axis, Intervals.union(all) * NANO));
        return Busy.of(Intervals.union(compute) * NANO, Intervals.union(transfers) * NANO, seconds, bytes);
    }
}
