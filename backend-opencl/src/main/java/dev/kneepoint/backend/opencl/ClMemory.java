package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceMemory;
import org.jocl.CL;
import org.jocl.cl_context;
import org.jocl.cl_mem;

/** Buffers of a context, which all its devices see. */
record ClMemory(cl_context context) implements DeviceMemory {
    @Override
    public DeviceBuffer allocate(DataType type, long elements) {
        long bytes = type.bytes() * elements;
        return new ClBuffer(
                Cl.call(
                        "clCreateBuffer of " + bytes + " bytes",
                        () -> CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, null)),
                type);
    }

    @Override
    public void release(DeviceBuffer buffer) {
        cl_mem handle = ClBuffer.handle(buffer);
        Cl.call("clReleaseMemObject", () -> CL.clReleaseMemObject(handle));
    }
}
