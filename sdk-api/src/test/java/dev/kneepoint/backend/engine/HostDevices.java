package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.HostBuffer.Part;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.workload.Precision;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Devices in the host's memory that run a command only when somebody waits for it, or at a whim, and of those that queues
 * and events allow any one: what is not ordered by a queue, an event or the host happens in the wrong order sooner or later.
 * Remembers what every command of every queue wrote.
 */
final class HostDevices implements DeviceSet {
    private static final int WHIM = 4;

    private final boolean direct;
    private final NumberFormats formats;
    private final long memoryBytes;
    private final Random random;
    private final DeviceKernels kernels = new HostKernels();
    private final List<HostDevice> devices;
    private final List<HostQueue> queues = new ArrayList<>();
    /** What records on a queue, if anything does. */
    Function<HostQueue, Optional<CommandRecorder>> recorders = queue -> Optional.of(new HostRecorder(queue));

    private int buffers;
    private long now;

    HostDevices(int count, boolean direct, NumberFormats formats, long memoryBytes, long seed) {
        this.direct = direct;
        this.formats = formats;
        this.memoryBytes = memoryBytes;
        this.random = new Random(seed);
        this.devices = IntStream.range(0, count).mapToObj(HostDevice::new).toList();
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
            return queue.commands.peek() == this && waits.stream().allMatch(w -> ((Command) w).done);
        }

        private void run() {
            start = ++now;
            body.run();
            done = true;
            queue.commands.remove();
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
            synchronized (HostDevices.this) {
                return done;
            }
        }

        @Override
        public void await() {
            synchronized (HostDevices.this) {
                while (!done) {
                    runAny();
                }
            }
        }

        @Override
        public void release() {}
    }

    private void runAny() {
        if (!runSome()) {
            if (queues.stream().map(q -> q.commands.peek()).noneMatch(c -> c != null && c.ordered())) {
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
                .map(q -> q.commands.peek())
                .filter(c -> c != null && c.ordered() && c.condition.getAsBoolean())
                .toList();
        if (!ready.isEmpty()) {
            ready.get(random.nextInt(ready.size())).run();
        }
        return !ready.isEmpty();
    }

    /** A queue. */
    final class HostQueue implements DeviceQueue {
        private final int device;
        private final Deque<Command> commands = new ArrayDeque<>();
        private final StringBuilder history = new StringBuilder();
        /** Where commands go instead while they are recorded. */
        Optional<List<Runnable>> recording = Optional.empty();

        HostQueue(int device) {
            this.device = device;
        }
        /** Enqueues something that writes to parts of buffers. */
        DeviceEvent enqueue(String name, DeviceEvent[] waits, Runnable body, Part... written) {
            return enqueue(name, waits, () -> true, body, written);
        }

        /** Enqueues something that moreover waits for what is no command of these devices. */
        DeviceEvent enqueue(
                String name, DeviceEvent[] waits, BooleanSupplier condition, Runnable body, Part... written) {
            synchronized (HostDevices.this) {
                Command command = new Command(this, waits, condition, () -> {
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
                if (random.nextInt(WHIM) == 0) {
                    runSome();
                }
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
            synchronized (HostDevices.this) {
                while (!commands.isEmpty()) {
                    runAny();
                }
            }
        }

        @Override
        public void close() {
            finish();
        }
    }

    /** A device with a memory of its own. */
    private final class HostDevice implements Device, DeviceMemory {
        private final int number;

        HostDevice(int number) {
            this.number = number;
        }

        @Override
        public String name() {
            return "host " + number;
        }

        @Override
        public long memoryBytes() {
            return memoryBytes;
        }

        @Override
        public long allocationBytes() {
            return Integer.MAX_VALUE;
        }

        @Override
        public int memoryNumber() {
            return number;
        }

        @Override
        public NumberFormats formats(Precision precision) {
            return formats;
        }

        @Override
        public DeviceMemory memory() {
            return this;
        }

        @Override
        public HostQueue queue() {
            synchronized (HostDevices.this) {
                HostQueue queue = new HostQueue(number);
                queues.add(queue);
                return queue;
            }
        }

        @Override
        public Optional<CommandRecorder> recorder() {
            return recorders.apply(queue());
        }

        @Override
        public DeviceBuffer allocate(DataType type, long elements) {
            synchronized (HostDevices.this) {
                buffers++;
            }
            return new HostBuffer(type, elements);
        }

        @Override
        public void release(DeviceBuffer buffer) {
            synchronized (HostDevices.this) {
                buffers--;
            }
        }
    }

    /** Buffers that were allocated and not released. */
    synchronized int buffers() {
        return buffers;
    }

    /** What the commands of each queue wrote, by device; queues of a device in the order of what they say. */
    synchronized List<String> histories() {
        return queues.stream().map(q -> q.device + "\n" + q.history).sorted().toList();
    }

    @Override
    public Device device(int rank) {
        return devices.get(rank % devices.size());
    }

    @Override
    public DeviceKernels kernels(int rank) {
        return kernels;
    }

    @Override
    public boolean direct() {
        return direct;
    }

    @Override
    public BackendException located(BackendException failure, int place, int rank, String op) {
        return failure;
    }
}
