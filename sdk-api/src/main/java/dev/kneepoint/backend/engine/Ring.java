package dev.kneepoint.backend.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Buffers of one type and length that ops of a rank take in turn. One that is given back may still be in use on the device: whoever
 * takes it waits for the works that it was given back with. Thread-safe.
 */
final class Ring implements AutoCloseable {
    /** A buffer, and what must have ended before it is written. */
    record Lease(DeviceBuffer buffer, List<Work> after) {}

    private final BufferPool pool;
    private final DataType type;
    private final long length;
    private final Deque<Lease> free = new ArrayDeque<>();
    private final List<DeviceBuffer> all = new ArrayList<>();

    Ring(BufferPool pool, DataType type, long length) {
        this.pool = pool;
        this.type = type;
        this.length = length;
    }

    synchronized Lease take() {
        Lease known = free.poll();
        if (known != null) {
            return known;
        }
        DeviceBuffer buffer = pool.take(type, length);
        all.add(buffer);
        return new Lease(buffer, List.of());
    }

    synchronized void give(DeviceBuffer buffer, List<Work> after) {
        free.add(new Lease(buffer, List.copyOf(after)));
    }

    /** Everything has ended: nobody needs to wait. */
    synchronized void settle() {
        List<Lease> now = List.copyOf(free);
        free.clear();
        now.forEach(l -> free.add(new Lease(l.buffer(), List.of())));
    }

    @Override
    public synchronized void close() {
        all.forEach(pool::give);
        all.clear();
        free.clear();
    }
}
