package dev.kneepoint.report;

import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Span;
import dev.kneepoint.metrics.Timeline;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a timeline in the Trace Event Format that Chrome's and Perfetto's viewers read: a process per rank, a thread per
 * stream, times in microseconds.
 */
public final class ChromeTrace {
    private static final double PICOS_PER_MICRO = 1e6;

    private ChromeTrace() {}

    /**
     * Writes one timeline that has its spans.
     *
     * @param timeline the timeline
     * @param out where to; not closed
     */
    public static void write(Timeline timeline, Writer out) {
        try (JsonOut json = new JsonOut(out, false)) {
            json.object().field("displayTimeUnit", "ms").list("traceEvents");
            for (int pid = 0; pid < timeline.ranks().size(); pid++) {
                rank(json, timeline.ranks().get(pid), pid);
            }
            json.endList().end();
        }
    }

    private static void rank(JsonOut json, RankTimeline rank, int pid) {
        name(json, "process_name", pid, 0, rank.label() + " (" + rank.ranks() + " ranks)");
        List<String> streams = new ArrayList<>();
        for (Span s : rank.spans()) {
            int tid = streams.indexOf(s.stream());
            if (tid < 0) {
                tid = streams.size();
                streams.add(s.stream());
                name(json, "thread_name", pid, tid, s.stream());
            }
            json.object()
                    .field("name", s.name())
                    .field("cat", s.compute() ? "compute" : "communication")
                    .field("ph", "X")
                    .field("pid", (long) pid)
                    .field("tid", (long) tid)
                    .field("ts", s.startPicos() / PICOS_PER_MICRO)
                    .field("dur", (s.endPicos() - s.startPicos()) / PICOS_PER_MICRO)
                    .end();
        }
    }

    private static void name(JsonOut json, String what, int pid, int tid, String name) {
        json.object()
                .field("name", what)
                .field("ph", "M")
                .field("pid", (long) pid)
                .field("tid", (long) tid)
                .object("args")
                .field("name", name)
                .end()
                .end();
    }
}
