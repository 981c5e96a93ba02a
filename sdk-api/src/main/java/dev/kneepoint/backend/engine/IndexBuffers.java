package dev.kneepoint.backend.engine;

import java.util.HashMap;
import java.util.Map;

/** Rows that ops gather, and targets of the loss: integers on a rank's device, made once. Confined to the rank's thread. */
final class IndexBuffers implements AutoCloseable {
    private record Key(int count, int limit) {}

    private final BufferPool pool;
    private final DeviceQueue queue;
    private final Map<Key, DeviceBuffer> buffers = new HashMap<>();

    IndexBuffers(BufferPool pool, DeviceQueue queue) {
        this.pool = pool;
        this.queue = queue;
    }

    /** So many indices below a limit, all different if there are no more than that. */
    DeviceBuffer of(int count, int limit) {
        return buffers.computeIfAbsent(new Key(count, limit), k -> {
            DeviceBuffer buffer = pool.take(DataType.INT32, count);
            queue.write(buffer, scattered(count, limit));
            return buffer;
        });
    }

    /** In the order of a stride that is coprime to their number, so that neighbours lie apart. */
    private static int[] scattered(int count, int limit) {
        int[] out = new int[count];
        long stride = count / 2 + 1L;
        while (gcd(stride, count) != 1) {
            stride++;
        }
        for (int i = 0; i < count; i++) {
            out[i] = (int) (i * stride % count) % limit;
        }
        return out;
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    @Override
    public void close() {
        buffers.values().forEach(pool::give);
        buffers.clear();
    }
}
