package dev.kneepoint.backend.engine;

import java.util.ArrayList;
import java.util.List;

/** The buffers of one call that brings its data along. Confined to the call; closing releases them. */
public class DeviceArrays implements AutoCloseable {
    private final DeviceMemory memory;
    private final DeviceQueue queue;
    private final List<DeviceBuffer> buffers = new ArrayList<>();

    /**
     * No buffers yet.
     *
     * @param memory where they come from
     * @param queue what reads and writes them
     */
    public DeviceArrays(DeviceMemory memory, DeviceQueue queue) {
        this.memory = memory;
        this.queue = queue;
    }

    /**
     * A buffer of single precision with undefined contents.
     *
     * @param elements how many; one if there are to be none, for devices have no empty buffers
     * @return the buffer
     */
    public DeviceBuffer empty(long elements) {
        return empty(DataType.FP32, elements);
    }

    /**
     * A buffer with undefined contents.
     *
     * @param type what it holds
     * @param elements how many; one if there are to be none, for devices have no empty buffers
     * @return the buffer
     */
    public DeviceBuffer empty(DataType type, long elements) {
        DeviceBuffer buffer = memory.allocate(type, Math.max(1, elements));
        buffers.add(buffer);
        return buffer;
    }

    /**
     * A buffer of single precision with these elements.
     *
     * @param values the elements
     * @return the buffer
     */
    public DeviceBuffer of(float[] values) {
        return of(DataType.FP32, values);
    }

    /**
     * A buffer with these elements.
     *
     * @param type what they are rounded to
     * @param values the elements
     * @return the buffer
     */
    public DeviceBuffer of(DataType type, float[] values) {
        DeviceBuffer buffer = empty(type, values.length);
        if (values.length > 0) {
            queue.write(buffer, values);
        }
        return buffer;
    }

    /**
     * A buffer with these elements.
     *
     * @param values the elements
     * @return the buffer
     */
    public DeviceBuffer of(int[] values) {
        DeviceBuffer buffer = empty(DataType.INT32, values.length);
        if (values.length > 0) {
            queue.write(buffer, values);
        }
        return buffer;
    }

    /**
     * What a buffer holds once ops are done.
     *
     * @param ops events on the queue, which are released
     * @param result the buffer
     * @param elements how many to read
     * @return the elements
     */
    public float[] after(DeviceEvent[] ops, DeviceBuffer result, int elements) {
        DeviceEvent.release(List.of(ops));
        return read(result, elements);
    }

    /**
     * What a buffer holds after everything before on the queue.
     *
     * @param buffer the buffer
     * @param elements how many to read
     * @return the elements
     */
    public float[] read(DeviceBuffer buffer, int elements) {
        return elements == 0 ? new float[0] : queue.read(buffer, elements);
    }

    @Override
    public void close() {
        try (Cleanup cleanup = new Cleanup()) {
            // A failed call leaves kernels behind that may still use the buffers.
            cleanup.then(queue::finish);
            buffers.forEach(buffer -> cleanup.then(() -> memory.release(buffer)));
            buffers.clear();
        }
    }
}
