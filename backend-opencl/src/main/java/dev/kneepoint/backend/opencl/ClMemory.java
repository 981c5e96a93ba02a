package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceMemory;
import org.jocl.CL;
import org.jocl.cl_context;
import org.jocl.cl_mem;

/** Buffers of a context, which all its devices see. */
record ClMemory(cl_context context) implements DeviceMemory {
    @Override
    public DeviceBuffer allocate(long elements) {
        return new ClBuffer(Cl.call(
                "clCreateBuffer of " + 4 * elements + " bytes",
                () -> CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, 4 * elements, null, null)));
    }

    @Override
    public void release(DeviceBuffer buffer) {
        cl_mem handle = ClBuffer.handle(buffer);
        Cl.call("clReleaseMemObject", () -> CL.clReleaseMemObject(handle));
    }
}
