package dev.kneepoint.backend.engine;

/** Where buffers come from. Thread-safe. */
public interface DeviceMemory {
    /**
     * A buffer with undefined contents.
     *
     * @param elements elements of four bytes, at least 1
     * @return a buffer that the caller releases
     */
    DeviceBuffer allocate(long elements);

    /**
     * Gives a buffer back, which nothing may use any more.
     *
     * @param buffer one that came from here
     */
    void release(DeviceBuffer buffer);
}
