package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An op that a rank has issued: the events that end it, and after the step when it ran. Belongs to the rank's thread, but
 * for what the meeting of a collective sets.
 */
final class Work {
    final String op;
    final StreamKind stream;
    /** When the host issued it, by {@link System#nanoTime}. */
    final long issued;
    /** What it had to wait for. */
    final List<Work> after;
    /** The collective that it is a rank's part of. */
    final @Nullable Meeting meeting;

    private DeviceEvent[] own = DeviceKernels.NOTHING;
    private DeviceEvent[] done = DeviceKernels.NOTHING;
    private long start;
    private long end;

    Work(String op, StreamKind stream, List<Work> after, @Nullable Meeting meeting) {
        this.op = op;
        this.stream = stream;
        this.issued = System.nanoTime();
        this.after = List.copyOf(after);
        this.meeting = meeting;
    }

    /** A transfer without another rank: it has ended. */
    static Work ended(String op, StreamKind stream) {
        return new Work(op, stream, List.of(), null);
    }

    /**
     * Sets its commands.
     *
     * @param ownEvents events of its commands on the rank's own queues, at least one; it releases them
     * @param doneEvents events after which it has ended, also for other ranks that read the rank's buffers
     */
    void enqueued(DeviceEvent[] ownEvents, DeviceEvent[] doneEvents) {
        own = ownEvents;
        done = doneEvents;
    }

    /** A kernel's commands run in order, so that the last one ends it. */
    void enqueued(DeviceEvent[] ownEvents) {
        enqueued(ownEvents, new DeviceEvent[] {ownEvents[ownEvents.length - 1]});
    }

    /** Waits until its commands are enqueued, which those of a collective are once all ranks have joined it. */
    void awaitEnqueued(int rank) {
        if (meeting != null) {
            meeting.await(rank);
        }
    }

    boolean hasCommands() {
        return own.length > 0;
    }

    DeviceEvent last() {
        return own[own.length - 1];
    }

    /** The events that others have to wait for. */
    static DeviceEvent[] events(Collection<Work> works) {
        List<DeviceEvent> out = new ArrayList<>();
        for (Work w : works) {
            out.addAll(List.of(w.done));
        }
        return out.toArray(DeviceEvent[]::new);
    }

    /** Reads when it ran; to be called after it has ended, in issue order. */
    void harvest(DeviceClock clock) {
        start = Long.MAX_VALUE;
        end = Long.MIN_VALUE;
        for (DeviceEvent event : own) {
            start = Math.min(start, clock.toHost(event.start()));
            end = Math.max(end, clock.toHost(event.end()));
        }
    }

    /** When its first command started, by {@link System#nanoTime}; known after {@link #harvest}. */
    long start() {
        return start;
    }

    /** When its last command ended. */
    long end() {
        return end;
    }

    /** When it could have run: it was issued, and what it waits for had ended. */
    long ready() {
        long ready = issued;
        for (Work w : after) {
            ready = w.hasCommands() ? Math.max(ready, w.end) : ready;
        }
        return ready;
    }

    /** Releases its events; nothing may wait for them any more. */
    void release() {
        for (DeviceEvent event : own) {
            event.release();
        }
        own = DeviceKernels.NOTHING;
        done = DeviceKernels.NOTHING;
    }
}
