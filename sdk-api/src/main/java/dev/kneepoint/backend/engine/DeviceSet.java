package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.BackendException;

/** The devices that a backend has opened. Confined to the backend. */
public interface DeviceSet {
    /**
     * The device of a rank; ranks share devices in turn if there are more of them.
     *
     * @param rank which of this process's ranks, from 0
     * @return its device
     */
    Device device(int rank);

    /**
     * The kernels of a rank's device.
     *
     * @param rank from 0
     * @return kernels that belong to the set
     */
    DeviceKernels kernels(int rank);

    /**
     * Whether kernels of one device read the buffers of the others where they are, as on devices in the host's memory.
     *
     * @return false if transfers must copy in chunks
     */
    boolean direct();

    /**
     * A failure of a device at a rank's op.
     *
     * @param failure without rank and op, or one that has them already
     * @param place which of this process's ranks, as {@link #device} counts them
     * @param rank the rank's number in the plan
     * @param op the op; empty between ops
     * @return the same failure with both
     */
    BackendException located(BackendException failure, int place, int rank, String op);
}
