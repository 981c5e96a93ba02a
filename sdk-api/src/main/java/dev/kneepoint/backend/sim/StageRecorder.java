package dev.kneepoint.backend.sim;

import dev.kneepoint.metrics.Span;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.List;

/** Keeps the spans of every stage, if asked to. */
final class StageRecorder implements SpanRecorder {
    private static final StreamKind[] STREAMS = StreamKind.values();

    private final boolean records;
    private final List<List<Span>> spans = new ArrayList<>();
    private int stage;

    StageRecorder(boolean records, int stages) {
        this.records = records;
        for (int i = 0; i < stages; i++) {
            spans.add(new ArrayList<>());
        }
    }

    boolean records() {
        return records;
    }

    void stage(int current) {
        stage = current;
    }

    List<Span> spans(int of) {
        return spans.get(of);
    }

    @Override
    public void span(String name, int stream, long start, long end, boolean kernel) {
        if (records) {
            spans.get(stage).add(new Span(name, STREAMS[stream].label(), start, end, kernel));
        }
    }
}
