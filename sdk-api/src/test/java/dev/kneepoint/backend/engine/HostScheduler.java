package dev.kneepoint.backend.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * Runs a command of the host's queues only when somebody waits for it, or at a whim, and of those that queues and events
 * allow any one. Its monitor guards queues, commands and all that these write.
 */
final class HostScheduler {
    private static final int WHIM = 4;

    private final Random random;
    private final List<HostQueue> queues = new ArrayList<>();
    private long now;

    HostScheduler(long seed) {
        this.random = new Random(seed);
    }

    /** A command of a queue. */
    final class Command implements DeviceEvent {
        private final HostQueue queue;
        private final List<DeviceEvent> waits;
        private final BooleanSupplier condition;
        private final Runnable body;
        private final long queued = ++now;
        private long start;
        private boolean done;

        Command(HostQueue queue, DeviceEvent[] waits, BooleanSupplier condition, Runnable body) {
            this.queue = queue;
            this.waits = List.of(waits);
            this.condition = condition;
            this.body = body;
        }

        private boolean ordered() {
            return queue.next() == this && waits.stream().allMatch(w -> ((Command) w).done);
        }

        private void run() {
            start = ++now;
            body.run();
            done = true;
            queue.hasRun(this);
        }

        @Override
        public long queued() {
            return queued;
        }

        @Override
        public long start() {
            return start;
        }

        @Override
        public long end() {
            return start + 1;
        }

        @Override
        public boolean hasEnded() {
            synchronized (HostScheduler.this) {
                return done;
            }
        }

        @Override
        public void await() {
            runUntil(() -> done);
        }

        @Override
        public void release() {}
    }

    /** Runs commands until something has come about. */
    synchronized void runUntil(BooleanSupplier end) {
        while (!end.getAsBoolean()) {
            runAny();
        }
    }

    private void runAny() {
        if (!runSome()) {
            if (queues.stream().map(q -> q.next()).noneMatch(c -> c != null && c.ordered())) {
                throw new AssertionError("no command can run: they wait for each other");
            }
            try {
                // What another process has to come to.
                wait(1);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private boolean runSome() {
        List<Command> ready = queues.stream()
                .map(q -> q.next())
                .filter(c -> c != null && c.ordered() && c.condition.getAsBoolean())
                .toList();
        if (!ready.isEmpty()) {
            ready.get(random.nextInt(ready.size())).run();
        }
        return !ready.isEmpty();
    }

    /** Runs something, if the mood is such. */
    void runAtAWhim() {
        if (random.nextInt(WHIM) == 0) {
            runSome();
        }
    }

    /** A queue of a device. */
    synchronized HostQueue queue(int device) {
        HostQueue queue = new HostQueue(this, device);
        queues.add(queue);
        return queue;
    }

    /** What the commands of each queue wrote, by device; queues of a device in the order of what they say. */
    synchronized List<String> histories() {
        return queues.stream().map(HostQueue::history).sorted().toList();
    }
}
