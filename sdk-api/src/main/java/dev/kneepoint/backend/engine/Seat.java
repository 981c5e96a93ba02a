package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.StreamKind;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a rank runs: its device, the device's kernels, and a queue per stream of the plan. Kept from run to run. Queues are
 * in order, made when first used by the rank's thread, and may be enqueued to by any thread afterwards.
 */
final class Seat implements AutoCloseable {
    private final Device device;
    private final DeviceKernels kernels;
    private final Map<Object, DeviceQueue> queues = new LinkedHashMap<>();

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

    DeviceQueue queue(StreamKind stream) {
        return known(stream);
    }

    /** A queue beside those of the plan's streams. */
    DeviceQueue queue(String name) {
        return known(name);
    }

    private synchronized DeviceQueue known(Object key) {
        return queues.computeIfAbsent(key, k -> device.queue());
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
