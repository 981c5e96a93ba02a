package dev.kneepoint.backend.engine;

import dev.kneepoint.workload.Precision;
import java.util.Optional;

/** An open device, or a part of one, that a rank runs on. Thread-safe. */
public interface Device {
    /**
     * Its name.
     *
     * @return as the driver says it
     */
    String name();

    /**
     * Memory that buffers may take.
     *
     * @return bytes, those of its buffers included
     */
    long memoryBytes();

    /**
     * Size of the largest buffer.
     *
     * @return bytes
     */
    long allocationBytes();

    /**
     * Which memory it has: parts of one device share the number.
     *
     * @return from 0
     */
    int memoryNumber();

    /**
     * What it computes a plan in.
     *
     * @param precision the plan's format
     * @return the nearest that it has
     */
    NumberFormats formats(Precision precision);

    /**
     * Where its buffers come from; the same object for devices that share buffers.
     *
     * @return its memory
     */
    DeviceMemory memory();

    /**
     * Makes a queue.
     *
     * @return a queue that the caller closes
     */
    DeviceQueue queue();

    /**
     * Makes a queue that records commands.
     *
     * @return what the caller closes; empty if the device, or its driver, cannot
     */
    default Optional<CommandRecorder> recorder() {
        return Optional.empty();
    }
}
