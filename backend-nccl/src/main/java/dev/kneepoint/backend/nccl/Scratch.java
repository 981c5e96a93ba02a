package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.CudaHost;
import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.Device;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceQueue;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/** Memory and a stream of a device for what ranks tell each other about a run. Confined to one thread at a time. */
final class Scratch implements AutoCloseable {
    private static final int LOOKS = 1000;
    private static final long PAUSE_NANOS = 50_000;
    private static final int SMALLEST = 4096;

    /** Times the limit of a transfer: whoever is held up by one shall say so before those who wait for him here. */
    private static final int PATIENCE = 2;

    /** The same for those who wait while others work, where nobody would tell them of a death. */
    private static final int PATIENCE_UNTOLD = 10;

    private final Device device;
    private final NcclPatience patience;
    private final boolean told;
    private Optional<DeviceQueue> queue = Optional.empty();
    private Optional<DeviceBuffer> buffer = Optional.empty();
    private int bytes;

    Scratch(Device device, NcclPatience patience, boolean told) {
        this.device = device;
        this.patience = patience;
        this.told = told;
    }

    private DeviceQueue queue() {
        if (queue.isEmpty()) {
            queue = Optional.of(device.queue());
        }
        return queue.get();
    }

    private DeviceBuffer buffer(int wanted) {
        if (wanted > bytes) {
            int size = Math.max(SMALLEST, wanted);
            buffer.ifPresent(device.memory()::release);
            buffer = Optional.empty();
            bytes = 0;
            buffer = Optional.of(device.memory().allocate(DataType.INT32, (size + Integer.BYTES - 1) / Integer.BYTES));
            bytes = size;
        }
        return buffer.orElseThrow();
    }

    /** What is put on the stream. */
    @FunctionalInterface
    interface Command {
        /** Enqueues something on the bytes at an address. */
        void enqueue(long address, long stream);
    }

    /**
     * Lets NCCL work on bytes and waits for it.
     *
     * @param in written to the beginning
     * @param size of all that it works on
     * @param patient whether only a failure ends the waiting, if it becomes known
     * @return all of it
     */
    byte[] run(byte[] in, int size, boolean patient, Command command) {
        DeviceBuffer memory = buffer(Math.max(1, size));
        if (in.length > 0) {
            CudaHost.write(queue(), memory, in);
        }
        long address = CudaHost.address(DeviceKernels.whole(memory));
        LongConsumer work = stream -> command.enqueue(address, stream);
        DeviceEvent event = CudaHost.enqueue(queue(), DeviceKernels.NOTHING, work);
        try {
            await(event, patient);
        } finally {
            event.release();
        }
        return size == 0 ? new byte[0] : CudaHost.read(queue(), memory, size);
    }

    private void await(DeviceEvent event, boolean patient) {
        long start = System.nanoTime();
        Duration most = patience.limit().multipliedBy(patient ? PATIENCE_UNTOLD : PATIENCE);
        for (int look = 0; !event.hasEnded(); look++) {
            if (look < LOOKS) {
                Thread.onSpinWait();
                continue;
            }
            patience.interruption().run();
            if (!(patient && told) && System.nanoTime() - start > most.toNanos()) {
                throw NcclException.of(
                        "an exchange between processes",
                        NcclResult.IN_PROGRESS,
                        NcclResult.name(NcclResult.IN_PROGRESS),
                        "not all ranks have come to it for "
                                + most.toSeconds()
                                + " s; all processes must make the same calls");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    @Override
    public void close() {
        try (Cleanup cleanup = new Cleanup()) {
            queue.ifPresent(q -> cleanup.then(q::close));
            buffer.ifPresent(b -> cleanup.then(() -> device.memory().release(b)));
        }
        queue = Optional.empty();
        buffer = Optional.empty();
        bytes = 0;
    }
}
