package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.BackendException;
import dev.kneepoint.workload.Precision;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Devices in the host's memory, whose {@link HostScheduler} lets what is not ordered by a queue, an event or the host happen
 * in the wrong order sooner or later. Remember what every command of every queue wrote.
 */
final class HostDevices implements DeviceSet {
    private final boolean direct;
    private final NumberFormats formats;
    private final long memoryBytes;
    private final HostScheduler scheduler;
    private final DeviceKernels kernels = new HostKernels();
    private final List<HostDevice> devices;
    /** What records on a queue, if anything does. */
    Function<HostQueue, Optional<CommandRecorder>> recorders = queue -> Optional.of(new HostRecorder(queue));

    private int buffers;

    HostDevices(int count, boolean direct, NumberFormats formats, long memoryBytes, long seed) {
        this.direct = direct;
        this.formats = formats;
        this.memoryBytes = memoryBytes;
        this.scheduler = new HostScheduler(seed);
        this.devices = IntStream.range(0, count).mapToObj(HostDevice::new).toList();
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
            return scheduler.queue(number);
        }

        @Override
        public Optional<CommandRecorder> recorder() {
            return recorders.apply(queue());
        }

        @Override
        public DeviceBuffer allocate(DataType type, long elements) {
            synchronized (scheduler) {
                buffers++;
            }
            return new HostBuffer(type, elements);
        }

        @Override
        public void release(DeviceBuffer buffer) {
            synchronized (scheduler) {
                buffers--;
            }
        }
    }

    /** Its monitor guards everything here. */
    HostScheduler scheduler() {
        return scheduler;
    }

    /** Buffers that were allocated and not released. */
    int buffers() {
        synchronized (scheduler) {
            return buffers;
        }
    }

    /** See {@link HostScheduler#histories}. */
    List<String> histories() {
        return scheduler.histories();
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
