package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.OpEvents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The works of a rank that signal events: of each event, the latest. Confined to the rank's thread. */
final class EventTable {
    /**
     * A work that signals.
     *
     * @param work the work
     * @param weights what it gathers, if it does
     */
    record Signal(Work work, Optional<DeviceBuffer> weights) {}

    private final @Nullable Signal[] latest = new Signal[OpEvents.COUNT];

    /** Only gradient reductions outlast a segment; the other signals, which nothing will wait for any more. */
    List<Signal> beginSegment() {
        List<Signal> gone = new ArrayList<>();
        for (int i = 0; i < latest.length; i++) {
            Signal signal = latest[i];
            if (signal != null && i != OpEvents.REDUCED) {
                gone.add(signal);
                latest[i] = null;
            }
        }
        return gone;
    }

    void clear() {
        Arrays.fill(latest, null);
    }

    void signal(String event, Signal signal) {
        latest[OpEvents.number(event)] = signal;
    }

    @Nullable
    Signal get(String event) {
        return latest[OpEvents.number(event)];
    }
}
