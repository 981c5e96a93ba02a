package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.spi.BackendException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** What a rank has put on its streams, and what of it is still there. Thread-safe; one thread issues. */
final class InFlight {
    /** Enough to find what a rank hangs in, few enough to ask for each whether it has ended. */
    private static final int MOST_OPEN = 64;

    /** A transfer that was not seen to have ended. */
    private record Open(long number, String op, String group, DeviceEvent event) {}

    private final int rank;
    private final FlightRecorder recorder;
    private final Deque<Open> open = new ArrayDeque<>();

    InFlight(int rank) {
        this.rank = rank;
        this.recorder = FlightRecorder.of(rank);
    }

    int rank() {
        return rank;
    }

    /** Notes a transfer. Its event must be valid until {@link #settled}. */
    synchronized void issued(String op, String group, String kind, long bytes, DeviceEvent event) {
        if (open.size() >= MOST_OPEN) {
            prune();
        }
        open.add(new Open(recorder.enqueued(op, group, kind, bytes), op, group, event));
    }

    private void prune() {
        open.removeIf(o -> {
            boolean ended = o.event().hasEnded();
            if (ended) {
                recorder.ended(o.number());
            }
            return ended;
        });
    }

    /** Everything has ended. */
    synchronized void settled() {
        open.forEach(o -> recorder.ended(o.number()));
        open.clear();
    }

    /** Nobody will know of what is under way whether it has ended. */
    synchronized void forget() {
        open.clear();
    }

    /** A transfer and its process group. */
    record Transfer(String op, String group) {}

    /** The first transfer that has not ended. */
    synchronized Optional<Transfer> oldest() {
        try {
            prune();
        } catch (BackendException e) {
            // The device says nothing any more; then the oldest that was open is as good an answer.
        }
        return Optional.ofNullable(open.peek()).map(o -> new Transfer(o.op(), o.group()));
    }

    /** Writes the last transfers to a file in a folder. */
    Path write(Path folder) throws IOException {
        return recorder.write(folder);
    }
}
