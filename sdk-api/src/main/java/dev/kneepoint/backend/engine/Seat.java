package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.StreamKind;
import java.util.EnumMap;
import java.util.Map;

/**
 * Where a rank runs: its device, the device's kernels, and a queue per stream of the plan. Kept from run to run. Queues are
 * in order, made when first used by the rank's thread, and may be enqueued to by any thread afterwards.
 */
final class Seat implements AutoCloseable {
    private final Device device;
    private final DeviceKernels kernels;
    private final Map<StreamKind, DeviceQueue> queues = new EnumMap<>(StreamKind.class);

    Seat(Device device, DeviceKernels kernels) {
        this.device = device;
        this.kernels = kernels;
    }

    Device device() {
        return device;
    }

    DeviceKernels kernels() {
        return kernels;
    }

    synchronized DeviceQueue queue(StreamKind stream) {
        return queues.computeIfAbsent(stream, s -> device.queue());
    }

    /** Waits until the device has done everything. */
    void finish() {
        try (Cleanup cleanup = new Cleanup()) {
            for (DeviceQueue queue : copy()) {
                cleanup.then(queue::finish);
            }
        }
    }

    private synchronized DeviceQueue[] copy() {
        return queues.values().toArray(DeviceQueue[]::new);
    }

    @Override
    public synchronized void close() {
        try (Cleanup cleanup = new Cleanup()) {
            queues.values().forEach(queue -> cleanup.then(queue::close));
            queues.clear();
        }
    }
}
