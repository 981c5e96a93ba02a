package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.RankMap;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/** Messages between pipeline stages: buffered, so that no schedule can block on a send. Thread-safe. */
final class Mailboxes {
    /** Where a message goes: a chunk of layers of a rank, activations or gradients. */
    record Address(RankMap.Chunk chunk, boolean towardsLast) {}

    /**
     * A message on its way.
     *
     * @param buffer the sender's copy
     * @param length elements
     * @param sent its copying
     * @param from the ring that the buffer goes back to
     */
    record Message(DeviceBuffer buffer, int length, Work sent, Ring from) {}

    private final RunControl control;
    private final Map<Address, Queue<Message>> boxes = new HashMap<>();

    Mailboxes(RunControl control) {
        this.control = control;
    }

    synchronized void send(Address to, Message message) {
        box(to).add(message);
        notifyAll();
    }

    /** Waits for the sender to issue a message, not for the message itself. */
    Message receive(Address mine, int sender) {
        Queue<Message> box = box(mine);
        control.await(this, mine.chunk().rank(), () -> !box.isEmpty(), () -> sender);
        synchronized (this) {
            return box.remove();
        }
    }

    private synchronized Queue<Message> box(Address address) {
        return boxes.computeIfAbsent(address, a -> new ArrayDeque<>());
    }
}
