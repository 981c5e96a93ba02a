package dev.kneepoint.backend.engine;

/**
 * Brings the times of a device to the host's clock, {@link System#nanoTime}. The offset is that of a short kernel which the
 * host saw queued and ended: the shortest of several, whose half is the error. Confined to one thread.
 */
final class DeviceClock {
    private final Seat seat;
    private final DeviceQueue queue;
    private long offset;
    private long error = Long.MAX_VALUE;

    DeviceClock(Seat seat, DeviceQueue queue) {
        this.seat = seat;
        this.queue = queue;
    }

    /** Measures the offset anew; the queue must be empty. */
    void sync(int tries) {
        error = Long.MAX_VALUE;
        for (int i = 0; i < tries; i++) {
            once();
        }
    }

    private void once() {
        long before = System.nanoTime();
        DeviceEvent[] events = seat.kernels().nothing(queue);
        DeviceEvent last = events[events.length - 1];
        try {
            queue.flush();
            last.await();
            long after = System.nanoTime();
            long queued = events[0].queued();
            long ended = last.end();
            // Both ends lie between the host's: the offset is known to half of what is left.
            long slack = Math.max(0, after - before - (ended - queued));
            if (slack < error) {
                error = slack;
                offset = before + (after - before) / 2 - (queued + (ended - queued) / 2);
            }
        } finally {
            for (DeviceEvent event : events) {
                event.release();
            }
        }
    }

    long toHost(long deviceNanos) {
        return deviceNanos + offset;
    }
}
