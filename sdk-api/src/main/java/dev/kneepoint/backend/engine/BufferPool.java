package dev.kneepoint.backend.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Buffers that runs have given back, by length. A run takes what fits and the rest is released. Thread-safe. */
final class BufferPool implements AutoCloseable {
    private final DeviceMemory memory;
    private final Map<Long, Deque<DeviceBuffer>> free = new HashMap<>();
    private final Map<DeviceBuffer, Long> lent = new HashMap<>();

    BufferPool(DeviceMemory memory) {
        this.memory = memory;
    }

    /** A buffer of at least one element; what is in it is left over from before. */
    synchronized DeviceBuffer take(long elements) {
        long length = Math.max(1, elements);
        Deque<DeviceBuffer> known = free.get(length);
        DeviceBuffer buffer = known == null || known.isEmpty() ? memory.allocate(length) : known.pop();
        lent.put(buffer, length);
        return buffer;
    }

    synchronized void give(DeviceBuffer buffer) {
        Long length = lent.remove(buffer);
        if (length != null) {
            free.computeIfAbsent(length, l -> new ArrayDeque<>()).push(buffer);
        }
    }

    /** Buffers that the device holds, lent or free. */
    synchronized int size() {
        return lent.size() + free.values().stream().mapToInt(Deque::size).sum();
    }

    /** Releases free buffers whose length the next run does not want, and those beyond as many as it wants. */
    synchronized void trim(Map<Long, Integer> wanted) {
        free.forEach((length, buffers) -> {
            while (buffers.size() > wanted.getOrDefault(length, 0)) {
                memory.release(buffers.pop());
            }
        });
        free.values().removeIf(Deque::isEmpty);
    }

    @Override
    public synchronized void close() {
        trim(Map.of());
        lent.keySet().forEach(memory::release);
        lent.clear();
    }
}
