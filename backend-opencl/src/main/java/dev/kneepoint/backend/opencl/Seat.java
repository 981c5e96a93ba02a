package dev.kneepoint.backend.opencl;

import dev.kneepoint.plan.StreamKind;
import java.util.EnumMap;
import java.util.Map;
import org.jocl.CL;
import org.jocl.cl_command_queue;

/**
 * Where a rank runs: its device, the device's kernels, and a queue per stream of the plan. Kept from run to run. Queues are
 * in order, made when first used by the rank's thread, and may be enqueued to by any thread afterwards.
 */
final class Seat implements AutoCloseable {
    private final ClDevice device;
    private final ClKernels kernels;
    private final Map<StreamKind, cl_command_queue> queues = new EnumMap<>(StreamKind.class);

    Seat(ClDevice device, ClKernels kernels) {
        this.device = device;
        this.kernels = kernels;
    }

    ClDevice device() {
        return device;
    }

    ClKernels kernels() {
        return kernels;
    }

    synchronized cl_command_queue queue(StreamKind stream) {
        return queues.computeIfAbsent(stream, s -> Cl.queue(device));
    }

    /** Waits until the device has done everything. */
    void finish() {
        for (cl_command_queue queue : copy()) {
            Cl.finish(queue);
        }
    }

    private synchronized cl_command_queue[] copy() {
        return queues.values().toArray(cl_command_queue[]::new);
    }

    @Override
    public synchronized void close() {
        for (cl_command_queue queue : queues.values()) {
            Cl.finish(queue);
            Cl.call("clReleaseCommandQueue", () -> CL.clReleaseCommandQueue(queue));
        }
        queues.clear();
    }
}
