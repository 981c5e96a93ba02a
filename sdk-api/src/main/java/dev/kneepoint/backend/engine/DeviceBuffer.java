package dev.kneepoint.backend.engine;

/** A buffer of a device. Equal to another handle of the same buffer. */
public interface DeviceBuffer {
    /**
     * What it holds.
     *
     * @return the type of its elements
     */
    DataType type();
}
