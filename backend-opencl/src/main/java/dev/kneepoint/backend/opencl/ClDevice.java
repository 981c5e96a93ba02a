package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.Device;
import dev.kneepoint.backend.engine.DeviceQueue;
import dev.kneepoint.backend.engine.NumberFormats;
import dev.kneepoint.workload.Precision;
import org.jocl.cl_context;
import org.jocl.cl_device_id;

/**
 * An open device, or a part of one that has its own cores. Immutable; the context belongs to the backend that opened it,
 * and all devices of a platform share it.
 *
 * @param info what it says of itself; compute units are those of the part
 * @param id its handle
 * @param memory buffers of the context that its programs live in too
 * @param memoryNumber which memory it has: parts of one device share the number
 */
record ClDevice(ClDeviceInfo info, cl_device_id id, ClMemory memory, int memoryNumber) implements Device {
    cl_context context() {
        return memory.context();
    }

    @Override
    public String name() {
        return info.name();
    }

    @Override
    public long memoryBytes() {
        return info.globalBytes();
    }

    @Override
    public long allocationBytes() {
        return info.allocationBytes();
    }

    @Override
    public NumberFormats formats(Precision precision) {
        return info.formats(precision);
    }

    @Override
    public DeviceQueue queue() {
        return ClQueue.of(this);
    }
}
