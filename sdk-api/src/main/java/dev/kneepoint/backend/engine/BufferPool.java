package dev.kneepoint.backend.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Buffers that runs have given back, by type and length. A run takes what fits and the rest is released. Thread-safe. */
final class BufferPool implements AutoCloseable {
    private final DeviceMemory memory;
    private final Map<Extent, Deque<DeviceBuffer>> free = new HashMap<>();
    private final Map<DeviceBuffer, Extent> lent = new HashMap<>();

    BufferPool(DeviceMemory memory) {
        this.memory = memory;
    }

    /** A buffer of at least one element; what is in it is left over from before. */
    synchronized DeviceBuffer take(DataType type, long elements) {
        Extent extent = new Extent(type, Math.max(1, elements));
        Deque<DeviceBuffer> known = free.get(extent);
        DeviceBuffer buffer = known == null || known.isEmpty() ? memory.allocate(type, extent.length()) : known.pop();
        lent.put(buffer, extent);
        return buffer;
    }

    synchronized void give(DeviceBuffer buffer) {
        Extent extent = lent.remove(buffer);
        if (extent != null) {
            free.computeIfAbsent(extent, e -> new ArrayDeque<>()).push(buffer);
        }
    }

    /** Buffers that the device holds, lent or free. */
    synchronized int size() {
        return lent.size() + free.values().stream().mapToInt(Deque::size).sum();
    }

    /** Releases free buffers that the next run does not want, and those beyond as many as it wants. */
    synchronized void trim(Map<Extent, Integer> wanted) {
        try (Cleanup cleanup = new Cleanup()) {
            free.forEach((extent, buffers) -> {
                while (buffers.size() > wanted.getOrDefault(extent, 0)) {
                    DeviceBuffer buffer = buffers.pop();
                    cleanup.then(() -> memory.release(buffer));
                }
            });
            free.values().removeIf(Deque::isEmpty);
        }
    }

    @Override
    public synchronized void close() {
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.then(() -> trim(Map.of()));
            lent.keySet().forEach(buffer -> cleanup.then(() -> memory.release(buffer)));
            lent.clear();
        }
    }
}
