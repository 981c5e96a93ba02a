package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.HostBuffer.Part;
import dev.kneepoint.backend.engine.HostScheduler.Command;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A queue, which remembers what its commands wrote. */
final class HostQueue implements DeviceQueue {
    private final HostScheduler scheduler;
    private final int device;
    private final Deque<Command> commands = new ArrayDeque<>();
    private final StringBuilder history = new StringBuilder();
    /** Where commands go instead while they are recorded. */
    Optional<List<Runnable>> recording = Optional.empty();

    HostQueue(HostScheduler scheduler, int device) {
        this.scheduler = scheduler;
        this.device = device;
    }

    /** The command that is to run before all others; null if there is none. */
    @Nullable
    Command next() {
        return commands.peek();
    }

    void hasRun(Command first) {
        if (commands.remove() != first) {
            throw new AssertionError("a command overtakes another");
        }
    }

    String history() {
        return device + "\n" + history;
    }

    /** Enqueues something that writes to parts of buffers. */
    DeviceEvent enqueue(String name, DeviceEvent[] waits, Runnable body, Part... written) {
        return enqueue(name, waits, () -> true, body, written);
    }

    /** Enqueues something that moreover waits for what is no command of these devices. */
    DeviceEvent enqueue(String name, DeviceEvent[] waits, BooleanSupplier condition, Runnable body, Part... written) {
        synchronized (scheduler) {
            Command command = scheduler.new Command(this, waits, condition, () -> {
                body.run();
                history.append(name);
                for (Part part : written) {
                    byte[] copy = new byte[part.bytes().capacity()];
                    part.bytes().get(0, copy);
                    history.append(' ').append(Integer.toHexString(Arrays.hashCode(copy)));
                }
                history.append('\n');
            });
            if (recording.isPresent()) {
                recording.get().add(() -> enqueue(name, waits, body, written));
                return command;
            }
            commands.add(command);
            scheduler.runAtAWhim();
            return command;
        }
    }

    @Override
    public DeviceEvent copy(At from, At to, long elements, DeviceEvent... waits) {
        Part source = HostBuffer.part(from, elements);
        Part target = HostBuffer.part(to, elements);
        if (source.type() != target.type()) {
            throw new AssertionError("a copy from " + source.type() + " to " + target.type());
        }
        ByteBuffer bytes = source.bytes();
        return enqueue("copy", waits, () -> target.bytes().put(0, bytes, 0, bytes.capacity()), target);
    }

    @Override
    public DeviceEvent marker(DeviceEvent... waits) {
        return enqueue("marker", waits, () -> {});
    }

    @Override
    public void write(DeviceBuffer to, float[] values) {
        write(() -> HostBuffer.part(to, values.length).put(values));
    }

    @Override
    public void write(DeviceBuffer to, int[] values) {
        write(() -> HostBuffer.part(to, values.length).bytes().asIntBuffer().put(0, values));
    }

    private void write(Runnable body) {
        enqueue("write", new DeviceEvent[0], body).await();
    }

    @Override
    public float[] read(DeviceBuffer from, int elements) {
        finish();
        return HostBuffer.get(from, elements);
    }

    @Override
    public void flush() {}

    @Override
    public void finish() {
        scheduler.runUntil(commands::isEmpty);
    }

    @Override
    public void close() {
        finish();
    }
}
