package dev.kneepoint.backend.engine;

import dev.kneepoint.metrics.RankRecord;
import dev.kneepoint.metrics.SegmentTotals;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.List;

/**
 * What a rank issued in a step, in issue order, and what became of it on the device: from it follow the classes of time and
 * what each segment took. Confined to the rank's thread.
 */
final class StepLog {
    /** A work, issued here or issued before and waited for here; whether compute waits for it. */
    private record Entry(Work work, boolean issued, boolean blocks, long bytes) {}

    /** Works of a block of a segment, and how often they stand for themselves; whether the segment ends with it. */
    private record Window(SegmentKind kind, int chunk, int from, int to, double factor, boolean ends) {}

    private final List<Entry> entries = new ArrayList<>();
    private final List<Window> windows = new ArrayList<>();

    /**
     * Notes a work that was issued.
     *
     * @param blocks whether compute that is issued after it waits for it
     * @param bytes that came from other ranks, or that go to another stage
     */
    void add(Work work, boolean blocks, long bytes) {
        entries.add(new Entry(work, true, blocks, bytes));
    }

    /** Notes that compute waits for a work from here on. */
    void drained(Work work) {
        entries.add(new Entry(work, false, true, 0));
    }

    int size() {
        return entries.size();
    }

    /** Notes that the works from one on, until now, belong to a segment and are to be multiplied. */
    void window(SegmentKind kind, int chunk, int from, double factor, boolean ends) {
        windows.add(new Window(kind, chunk, from, entries.size(), factor, ends));
    }

    /** Reads the times of all works, which have ended; when the last of them did. */
    long harvest(DeviceClock clock) {
        long last = Long.MIN_VALUE;
        for (Entry e : entries) {
            Work w = e.work();
            if (e.issued() && w.hasCommands()) {
                w.harvest(clock);
                last = Math.max(last, w.end());
                if (w.meeting != null) {
                    w.meeting.harvested(w);
                }
            }
        }
        return last;
    }

    /** The record of the step; every rank must have harvested. */
    RankRecord record(long start) {
        RankRecord out = new RankRecord();
        long computed = start;
        for (Entry e : entries) {
            Work w = e.work();
            if (!e.issued() || !w.hasCommands()) {
                continue;
            }
            // A device's clock may be off by a little; nothing has run before the step.
            long from = Math.max(start, w.meeting == null ? w.start() : w.meeting.moving(w.start()));
            long to = Math.max(from + 1, w.end());
            out.ran(w.op, w.stream, from, to);
            if (w.stream == StreamKind.COMPUTE) {
                out.during(TimeClass.LAUNCH, computed, from);
                computed = Math.max(computed, to);
            } else if (w.meeting != null && w.meeting.isMessage()) {
                // What is sent beside compute makes nobody wait.
                out.during(TimeClass.BUBBLE, e.blocks() ? computed : from, from);
            } else if (w.meeting != null) {
                out.during(TimeClass.STRAGGLER, Math.max(start, w.ready()), w.meeting.allReady());
                out.during(TimeClass.EXPOSED_COMMUNICATION, from, w.meeting.allEnded());
            } else {
                out.during(TimeClass.BUBBLE, computed, from);
            }
            if (e.bytes() > 0) {
                out.moved(w.stream, e.bytes());
            }
        }
        return out;
    }

    /** Time by class of each segment; the parts follow each other without a gap from the start of the step. */
    SegmentTotals totals(RankRecord record, long start, long end) {
        long[] ended = new long[entries.size() + 1];
        ended[0] = start;
        for (int i = 0; i < entries.size(); i++) {
            Entry e = entries.get(i);
            boolean counts = e.work().hasCommands() && e.blocks();
            ended[i + 1] = Math.max(ended[i], counts ? e.work().end() : 0);
        }
        SegmentTotals out = new SegmentTotals();
        double[] sum = new double[TimeClass.values().length];
        double[] before = sum.clone();
        for (int i = 0; i < windows.size(); i++) {
            Window w = windows.get(i);
            long to = i == windows.size() - 1 ? end : ended[w.to()];
            double[] classes = record.classes(Math.min(ended[w.from()], to), to);
            for (int c = 0; c < sum.length; c++) {
                sum[c] += w.factor() * classes[c];
            }
            if (w.ends()) {
                out.add(w.kind(), w.chunk(), before, sum.clone());
                before = sum.clone();
            }
        }
        return out;
    }

    /** How long each compute op took on the device, by segment. */
    SegmentKernels kernels() {
        SegmentKernels out = new SegmentKernels();
        for (Window w : windows) {
            for (Entry e : entries.subList(w.from(), w.to())) {
                Work work = e.work();
                if (e.issued() && work.hasCommands() && work.stream == StreamKind.COMPUTE) {
                    out.ran(w.kind(), w.chunk(), work.op, work.end() - work.start());
                }
            }
        }
        return out;
    }

    /** Releases all events; nothing may run or wait any more. */
    void clear() {
        entries.forEach(e -> e.work().release());
        entries.clear();
        windows.clear();
    }
}
