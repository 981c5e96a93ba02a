package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceMemory;
import dev.kneepoint.units.Bytes;
import java.util.HashMap;
import java.util.Map;
import jcuda.driver.JCudaDriver;

/**
 * The memory of a device: from the stream-ordered allocator, or from the plain one, which is the one whose memory other
 * devices can be let into. Thread-safe.
 */
final class CudaMemory implements DeviceMemory {
    /** What the driver, cuBLAS and the kernels' local memory take when they are first used. */
    private static final long RESERVE = 512L << 20;

    private static final int RESERVE_PARTS = 32;

    private final CudaContext context;
    private final CudaStream stream;
    private final boolean ordered;
    private final Map<CudaBuffer, Long> held = new HashMap<>();

    /**
     * Memory.
     *
     * @param stream on which allocations are ordered
     * @param ordered whether to use the stream-ordered allocator
     */
    CudaMemory(CudaContext context, CudaStream stream, boolean ordered) {
        this.context = context;
        this.stream = stream;
        this.ordered = ordered;
    }

    @Override
    public DeviceBuffer allocate(DataType type, long elements) {
        long bytes = Math.multiplyExact(type.bytes(), elements);
        DevicePointer pointer = new DevicePointer();
        context.enter();
        String call = ordered ? "cuMemAllocAsync" : "cuMemAlloc";
        int status =
                ordered ? JCudaDriver.cuMemAllocAsync(pointer, bytes, stream) : JCudaDriver.cuMemAlloc(pointer, bytes);
        if (status != DriverStatus.SUCCESS) {
            throw context.failure(status, call + " of " + new Bytes(bytes) + where(status));
        }
        CudaBuffer buffer = new CudaBuffer(type, context, pointer);
        synchronized (held) {
            held.put(buffer, bytes);
        }
        if (ordered) {
            try {
                settle(call);
            } catch (CudaException e) {
                release(buffer);
                throw e;
            }
        }
        return buffer;
    }

    private String where(int status) {
        if (status != DriverStatus.OUT_OF_MEMORY) {
            return "";
        }
        return " (" + context.info().label() + " has " + new Bytes(free()[0]) + " free of "
                + new Bytes(context.info().memoryBytes()) + ")";
    }

    /** Other streams may use what was allocated, or is to be freed, once the stream of allocations is there. */
    private void settle(String call) {
        context.await(() -> JCudaDriver.cuStreamQuery(stream), "cuStreamQuery after " + call);
    }

    private long[] free() {
        long[] free = new long[1];
        long[] total = new long[1];
        context.enter();
        context.check(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo");
        return new long[] {free[0], total[0]};
    }

    /** Bytes that buffers may take, those of buffers that are there included. */
    long available() {
        long[] memory = free();
        long here;
        synchronized (held) {
            here = held.values().stream().mapToLong(Long::longValue).sum();
        }
        return Math.max(0, memory[0] + here - Math.min(RESERVE, memory[1] / RESERVE_PARTS));
    }

    @Override
    public void release(DeviceBuffer buffer) {
        CudaBuffer gone = CudaBuffer.of(buffer);
        synchronized (held) {
            held.remove(gone);
        }
        if (context.isLost()) {
            // A kernel that hangs may still use it, and a context that is broken frees it with itself.
            return;
        }
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.then(context::enter);
            cleanup.then(() -> free(gone));
        }
    }

    private void free(CudaBuffer buffer) {
        if (ordered) {
            context.check(JCudaDriver.cuMemFreeAsync(buffer.pointer(), stream), "cuMemFreeAsync");
        } else {
            context.check(JCudaDriver.cuMemFree(buffer.pointer()), "cuMemFree");
        }
    }
}
