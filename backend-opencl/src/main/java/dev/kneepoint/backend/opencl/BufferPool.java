package dev.kneepoint.backend.opencl;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jocl.cl_context;
import org.jocl.cl_mem;

/** Buffers that runs have given back, by length. A run takes what fits and the rest is released. Thread-safe. */
final class BufferPool implements AutoCloseable {
    private final cl_context context;
    private final Map<Long, Deque<cl_mem>> free = new HashMap<>();
    private final Map<cl_mem, Long> lent = new HashMap<>();

    BufferPool(cl_context context) {
        this.context = context;
    }

    /** A buffer of at least one element; what is in it is left over from before. */
    synchronized cl_mem take(long elements) {
        long length = Math.max(1, elements);
        Deque<cl_mem> known = free.get(length);
        cl_mem buffer = known == null || known.isEmpty() ? Cl.buffer(context, length) : known.pop();
        lent.put(buffer, length);
        return buffer;
    }

    synchronized void give(cl_mem buffer) {
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
                Cl.release(buffers.pop());
            }
        });
        free.values().removeIf(Deque::isEmpty);
    }

    @Override
    public synchronized void close() {
        trim(Map.of());
        lent.keySet().forEach(Cl::release);
        lent.clear();
    }
}
