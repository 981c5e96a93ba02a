package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.DeviceQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.driver.CUevent;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** A stream. Thread-safe: whoever enqueues has it for himself until the command's events are recorded. */
final class CudaQueue implements DeviceQueue {
    private final CudaDevice device;
    private final CudaContext context;
    private final CudaStream stream;
    private final LaunchArguments arguments = new LaunchArguments();
    private final StreamBlas blas;
    private boolean plain;

    private CudaQueue(CudaDevice device, CudaStream stream) {
        this.device = device;
        this.context = device.context();
        this.stream = stream;
        this.blas = new StreamBlas(device, stream);
    }

    /** Makes a stream that waits for no other unless it is told to. */
    static CudaQueue open(CudaDevice device) {
        return new CudaQueue(device, stream(device.context()));
    }

    static CudaStream stream(CudaContext context) {
        CudaStream stream = new CudaStream();
        context.enter();
        context.check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        return stream;
    }

    CudaDevice device() {
        return device;
    }

    CudaStream stream() {
        return stream;
    }

    /** What is put on the stream by one call. */
    @FunctionalInterface
    interface Command {
        /** Enqueues it; the context is current and the stream is the caller's alone. */
        void enqueue(CudaQueue queue);
    }

    /** Enqueues something after what it has to wait for. */
    synchronized DeviceEvent enqueue(DeviceEvent[] waits, Command command) {
        if (plain) {
            return enqueuePlain(waits, command);
        }
        context.enter();
        for (DeviceEvent wait : waits) {
            await((CudaEvent) wait);
        }
        CUevent start = device.events().take();
        try {
            CUevent end = device.events().take();
            try {
                record(start);
                command.enqueue(this);
                record(end);
                return new CudaEvent(this, start, end);
            } catch (RuntimeException | Error e) {
                device.events().give(end);
                throw e;
            }
        } catch (RuntimeException | Error e) {
            device.events().give(start);
            throw e;
        }
    }

    private DeviceEvent enqueuePlain(DeviceEvent[] waits, Command command) {
        for (DeviceEvent wait : waits) {
            if (wait != PlainCommand.ANY) {
                throw new IllegalArgumentException("commands without events wait for nothing but what is before them");
            }
        }
        command.enqueue(this);
        return PlainCommand.ANY;
    }

    /**
     * Lets commands do without events, which cost the host as much as a launch each. The context is current.
     *
     * @param commands enqueues them, on the calling thread
     */
    synchronized void plainly(Runnable commands) {
        boolean before = plain;
        plain = true;
        try {
            commands.run();
        } finally {
            plain = before;
        }
    }

    private void await(CudaEvent event) {
        if (event.queue() != this) {
            context.check(JCudaDriver.cuStreamWaitEvent(stream, event.last(), 0), "cuStreamWaitEvent");
        }
    }

    private void record(CUevent event) {
        context.check(JCudaDriver.cuEventRecord(event, stream), "cuEventRecord");
    }

    /** Launches a kernel; only for commands. */
    void launch(CudaKernel kernel, Grid grid, Object... values) {
        int status = JCudaDriver.cuLaunchKernel(
                kernel.function(),
                grid.x(),
                grid.y(),
                grid.z(),
                kernel.threads(),
                1,
                1,
                0,
                stream,
                arguments.of(values),
                null);
        if (status != DriverStatus.SUCCESS) {
            throw context.failure(status, "cuLaunchKernel of " + kernel.name());
        }
    }

    /** The {@code CUstream}; only for commands. */
    long address() {
        return stream.address();
    }

    /** What multiplies on the stream; only for commands. */
    StreamBlas blas() {
        return blas;
    }

    @Override
    public DeviceEvent copy(At from, At to, long elements, DeviceEvent... waits) {
        CudaBuffer source = CudaBuffer.of(from.buffer());
        CudaBuffer target = CudaBuffer.of(to.buffer());
        long bytes = source.type().bytes() * elements;
        DevicePointer read = DevicePointer.of(CudaBuffer.address(from));
        DevicePointer written = DevicePointer.of(CudaBuffer.address(to));
        return enqueue(waits, queue -> {
            boolean same = source.context() == target.context();
            int status = same
                    ? JCudaDriver.cuMemcpyDtoDAsync(written, read, bytes, stream)
                    : JCudaDriver.cuMemcpyPeerAsync(
                            written,
                            target.context().handle(),
                            read,
                            source.context().handle(),
                            bytes,
                            stream);
            if (status != DriverStatus.SUCCESS) {
                String call = same ? "cuMemcpyDtoDAsync of " : "cuMemcpyPeerAsync of ";
                throw context.failure(status, call + bytes + " bytes");
            }
        });
    }

    @Override
    public DeviceEvent marker(DeviceEvent... waits) {
        return enqueue(waits, queue -> {});
    }

    @Override
    public void write(DeviceBuffer to, float[] values) {
        write(to, MemorySegment.ofBuffer(to.type().pack(values)));
    }

    @Override
    public void write(DeviceBuffer to, int[] values) {
        write(to, MemorySegment.ofArray(values));
    }

    /** Writes bytes as they are. */
    void write(DeviceBuffer to, byte[] bytes) {
        write(to, MemorySegment.ofArray(bytes));
    }

    private synchronized void write(DeviceBuffer to, MemorySegment values) {
        long bytes = values.byteSize();
        context.enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(bytes, Long.BYTES).copyFrom(values);
            context.check(
                    JCudaDriver.cuMemcpyHtoDAsync(CudaBuffer.of(to).pointer(), HostPointer.of(host), bytes, stream),
                    "cuMemcpyHtoDAsync");
            awaitAll();
        }
    }

    @Override
    public float[] read(DeviceBuffer from, int elements) {
        byte[] bytes = readBytes(from, Math.multiplyExact(from.type().bytes(), elements));
        return from.type().unpack(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()), elements);
    }

    /** Reads bytes as they are. */
    synchronized byte[] readBytes(DeviceBuffer from, int bytes) {
        context.enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(bytes, Long.BYTES);
            // The driver waits inside a copy to memory that is not locked: the waiting must be over before.
            awaitAll();
            context.check(
                    JCudaDriver.cuMemcpyDtoHAsync(
                            HostPointer.of(host), CudaBuffer.of(from).pointer(), bytes, stream),
                    "cuMemcpyDtoHAsync");
            awaitAll();
            return host.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private void awaitAll() {
        context.await(() -> JCudaDriver.cuStreamQuery(stream), "cuStreamQuery");
    }

    /** The driver hands commands to the device by itself. */
    @Override
    public void flush() {}

    /** Nothing ends on a lost device: there is nothing to wait for. */
    @Override
    public void finish() {
        if (!context.isLost()) {
            context.enter();
            awaitAll();
            device.clock().advance(stream);
        }
    }

    @Override
    public void close() {
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.then(this::finish);
            cleanup.then(blas::close);
            cleanup.then(() -> device.destroy(stream));
            cleanup.then(arguments::close);
        }
    }
}
