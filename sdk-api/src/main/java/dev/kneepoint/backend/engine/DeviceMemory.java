package dev.kneepoint.backend.engine;

/** Where buffers come from. Thread-safe. */
public interface DeviceMemory {
    /**
     * A buffer with undefined contents.
     *
     * @param type what it holds
     * @param elements how many, at least 1
     * @return a buffer that the caller releases
     */
    DeviceBuffer allocate(DataType type, long elements);

    /**
     * Gives a buffer back, which nothing may use any more.
     *
     * @param buffer one that came from here
     */
    void release(DeviceBuffer buffer);
}
