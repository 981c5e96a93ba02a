package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceBuffer;
import org.jocl.cl_mem;

/** A buffer of a context. */
record ClBuffer(cl_mem handle, DataType type) implements DeviceBuffer {
    static cl_mem handle(DeviceBuffer buffer) {
        return ((ClBuffer) buffer).handle;
    }
}
