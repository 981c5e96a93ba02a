package dev.kneepoint.backend.cpu;

import java.util.concurrent.ConcurrentLinkedQueue;

/** Arrays of one length that transfers borrow; it grows to as many as are in flight. Thread-safe. */
final class BufferPool {
    private final ConcurrentLinkedQueue<float[]> free = new ConcurrentLinkedQueue<>();
    private final int length;

    BufferPool(int length) {
        this.length = length;
    }

    float[] take() {
        float[] known = free.poll();
        return known == null ? new float[length] : known;
    }

    void give(float[] array) {
        free.add(array);
    }
}
