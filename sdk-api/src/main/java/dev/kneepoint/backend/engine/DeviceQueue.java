package dev.kneepoint.backend.engine;

/**
 * An in-order queue of a device whose events tell times. Enqueueing is thread-safe. A failing call is an exception of the
 * backend, without rank and op.
 */
public interface DeviceQueue extends AutoCloseable {
    /**
     * Copies elements between buffers of one type, which may be those of other devices.
     *
     * @param from where they are
     * @param to where they go
     * @param elements how many, at least 1
     * @param waits what must have ended before
     * @return the copy
     */
    DeviceEvent copy(DeviceKernels.At from, DeviceKernels.At to, long elements, DeviceEvent... waits);

    /**
     * A command that does nothing but end after others.
     *
     * @param waits the others
     * @return the command
     */
    DeviceEvent marker(DeviceEvent... waits);

    /**
     * Writes an array and waits for it.
     *
     * @param to of floats, to whose type values are rounded; its beginning is written
     * @param values at least one
     */
    void write(DeviceBuffer to, float[] values);

    /**
     * Writes an array and waits for it.
     *
     * @param to of integers; its beginning is written
     * @param values at least one
     */
    void write(DeviceBuffer to, int[] values);

    /**
     * Reads an array after everything before it on the queue.
     *
     * @param from of floats; its beginning is read
     * @param elements how many, at least 1
     * @return the elements
     */
    float[] read(DeviceBuffer from, int elements);

    /** Hands what was enqueued to the device. */
    void flush();

    /** Waits for everything that was enqueued. */
    void finish();

    /** Waits for everything and gives the queue back. */
    @Override
    void close();
}
