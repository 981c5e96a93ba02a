package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.OpEvents;
import dev.kneepoint.plan.StreamKind;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The transfers of a rank that signal events: of each event, the latest. Confined to the rank's thread. */
final class EventTable {
    /**
     * A transfer that signals.
     *
     * @param task the transfer
     * @param weights what it gathers, if it does
     */
    record Signal(StreamWorker.Task task, Optional<float[]> weights) {}

    private final @Nullable Signal[] latest = new Signal[OpEvents.COUNT];

    /** Only gradient reductions outlast a segment. */
    void beginSegment() {
        Signal reduced = latest[OpEvents.REDUCED];
        Arrays.fill(latest, null);
        latest[OpEvents.REDUCED] = reduced;
    }

    void signal(String event, StreamWorker.Task task, Optional<float[]> weights) {
        latest[OpEvents.number(event)] = new Signal(task, weights);
    }

    /** A compute op signals an event, and has ended. */
    void computed(String event) {
        latest[OpEvents.number(event)] = null;
    }

    @Nullable
    Signal get(String event) {
        return latest[OpEvents.number(event)];
    }

    /** Whether an op that waits for an event has no input without a transfer that signals it. */
    static boolean mustExist(String event) {
        return switch (OpEvents.number(event)) {
            case OpEvents.GATHERED, OpEvents.EXPERTS_GATHERED, OpEvents.REGATHERED -> true;
            default -> false;
        };
    }

    /** The transfer on another stream that signals one of the events. */
    StreamWorker.@Nullable Task otherStream(List<String> events, StreamKind stream) {
        StreamWorker.Task after = null;
        for (String event : events) {
            Signal signal = get(event);
            after = signal == null || signal.task().stream == stream ? after : signal.task();
        }
        return after;
    }
}
