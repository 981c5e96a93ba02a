package dev.kneepoint.metrics;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one rank did in a step, as intervals in nanoseconds of one clock. An instant belongs to the first class, in the
 * order of {@link TimeClass}, of which an interval covers it; what none covers is idle. So a backend notes what it knows,
 * overlapping as it may be, and the classes add up to the step all the same. Not thread-safe.
 */
@Incubating
public final class RankRecord {
    private static final TimeClass[] CLASSES = TimeClass.values();
    private static final long PICOS = 1_000;
    private static final double NANO = 1e-9;

    private record Ran(String op, StreamKind stream, long start, long end) {}

    private record Edge(long at, int ofClass, int change) {}

    private final List<Edge> edges = new ArrayList<>();
    private final List<Ran> ran = new ArrayList<>();
    private final Map<StreamKind, Long> bytes = new EnumMap<>(StreamKind.class);
    private long[] from = {};
    private int[] classFrom = {};
    private boolean swept;

    /** A record of nothing. */
    public RankRecord() {}

    /**
     * Something was so for a while.
     *
     * @param which the class
     * @param start nanoseconds
     * @param end nanoseconds; nothing is noted if it is not after the start
     */
    public void during(TimeClass which, long start, long end) {
        if (end > start) {
            edges.add(new Edge(start, which.ordinal(), 1));
            edges.add(new Edge(end, which.ordinal(), -1));
            swept = false;
        }
    }

    /**
     * An op ran: compute on the compute stream, a transfer on any other. Of a stream, in the order in which they ran.
     *
     * @param op its name
     * @param stream its stream
     * @param start nanoseconds
     * @param end nanoseconds, not before the start
     */
    public void ran(String op, StreamKind stream, long start, long end) {
        ran.add(new Ran(op, stream, start, end));
        during(stream == StreamKind.COMPUTE ? TimeClass.COMPUTE : TimeClass.EXPOSED_COMMUNICATION, start, end);
    }

    /**
     * Bytes came from other ranks.
     *
     * @param stream the stream
     * @param count how many
     */
    public void moved(StreamKind stream, long count) {
        bytes.merge(stream, count, Long::sum);
    }

    /**
     * Divides a while into classes.
     *
     * @param start nanoseconds
     * @param end nanoseconds
     * @return nanoseconds by class, in the order of {@link TimeClass}; they add up to {@code end - start}
     */
    public double[] classes(long start, long end) {
        sweep();
        double[] out = new double[CLASSES.length];
        long at = start;
        for (int i = firstAfter(start); at < end; i++) {
            long until = i < from.length ? Math.min(end, from[i]) : end;
            out[i == 0 ? TimeClass.IDLE.ordinal() : classFrom[i - 1]] += until - at;
            at = until;
        }
        return out;
    }

    /** Index of the first stretch that begins after an instant. */
    private int firstAfter(long instant) {
        int low = 0;
        int high = from.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (from[middle] <= instant) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void sweep() {
        if (swept) {
            return;
        }
        edges.sort(Comparator.comparingLong(Edge::at));
        from = new long[edges.size()];
        classFrom = new int[edges.size()];
        int[] open = new int[CLASSES.length];
        for (int i = 0; i < from.length; i++) {
            Edge edge = edges.get(i);
            open[edge.ofClass()] += edge.change();
            from[i] = edge.at();
            classFrom[i] = first(open);
        }
        swept = true;
    }

    private static int first(int[] open) {
        for (int c = 0; c < open.length; c++) {
            if (open[c] > 0) {
                return c;
            }
        }
        return TimeClass.IDLE.ordinal();
    }

    /**
     * The rank's timeline.
     *
     * @param label the rank in words
     * @param start when the step began, nanoseconds
     * @param end when it ended for all ranks, nanoseconds
     * @param spans whether every op is kept
     * @return the timeline of one rank
     */
    public RankTimeline timeline(String label, long start, long end, boolean spans) {
        return new RankTimeline(
                label, 1, TimeParts.ofNanos(classes(start, end)), busy(), spans ? spans(start, end) : List.of());
    }

    /**
     * Overlapping busy times.
     *
     * @return unions of what ran, and the bytes
     */
    public Busy busy() {
        List<long[]> compute = new ArrayList<>();
        List<long[]> transfers = new ArrayList<>();
        Map<String, List<long[]>> byAxis = new TreeMap<>();
        for (Ran r : ran) {
            long[] interval = {r.start(), r.end()};
            if (r.stream() == StreamKind.COMPUTE) {
                compute.add(interval);
            } else {
                transfers.add(interval);
                byAxis.computeIfAbsent(r.stream().axis(), a -> new ArrayList<>())
                        .add(interval);
            }
        }
        Map<String, Double> seconds = new TreeMap<>();
        byAxis.forEach((axis, all) -> seconds.put(axis, Intervals.union(all) * NANO));
        Map<String, Double> sent = new TreeMap<>();
        bytes.forEach((stream, count) -> sent.merge(stream.axis(), (double) count, Double::sum));
        return Busy.of(Intervals.union(compute) * NANO, Intervals.union(transfers) * NANO, seconds, sent);
    }

    /** Clocks of several devices agree to a microsecond or so: what lies outside the step by that is cut off. */
    private List<Span> spans(long start, long end) {
        Map<StreamKind, Long> last = new EnumMap<>(StreamKind.class);
        List<Span> out = new ArrayList<>(ran.size());
        for (Ran r : ran) {
            long from = Math.clamp(r.start(), last.getOrDefault(r.stream(), start), end);
            long to = Math.clamp(r.end(), from, end);
            last.put(r.stream(), to);
            out.add(new Span(
                    r.op(),
                    r.stream().label(),
                    PICOS * (from - start),
                    PICOS * (to - start),
                    r.stream() == StreamKind.COMPUTE));
        }
        return out;
    }
}
