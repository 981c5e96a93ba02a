package dev.kneepoint.backend.cpu;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Messages between pipeline stages: buffered, so that no schedule can block on a send. Thread-safe. */
final class Mailboxes {
    /** Where a message goes: a chunk of layers of a rank, activations or gradients. */
    record Address(int rank, int chunk, boolean towardsLast) {}

    private final Map<Address, Queue<float[]>> boxes = new ConcurrentHashMap<>();

    private Queue<float[]> box(Address address) {
        return boxes.computeIfAbsent(address, a -> new ConcurrentLinkedQueue<>());
    }

    void send(Address address, float[] message) {
        box(address).add(message);
    }

    boolean has(Address address) {
        return !box(address).isEmpty();
    }

    float @Nullable [] take(Address address) {
        return box(address).poll();
    }
}
