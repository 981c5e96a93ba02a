package dev.kneepoint.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_event;
import org.jocl.cl_mem;

/** The buffers of one call that brings its data along. Confined to the call; closing releases them. */
class DeviceArrays implements AutoCloseable {
    private final cl_context context;
    private final cl_command_queue queue;
    private final List<cl_mem> buffers = new ArrayList<>();

    DeviceArrays(cl_context context, cl_command_queue queue) {
        this.context = context;
        this.queue = queue;
    }

    /** A buffer with undefined contents; of one element if it is to have none, for OpenCL has no empty ones. */
    cl_mem empty(long elements) {
        cl_mem buffer = Cl.buffer(context, Math.max(1, elements));
        buffers.add(buffer);
        return buffer;
    }

    cl_mem of(float[] values) {
        cl_mem buffer = empty(values.length);
        if (values.length > 0) {
            Cl.write(queue, buffer, values);
        }
        return buffer;
    }

    cl_mem of(int[] values) {
        cl_mem buffer = empty(values.length);
        if (values.length > 0) {
            Cl.write(queue, buffer, values);
        }
        return buffer;
    }

    /** What a buffer holds once the ops are done, whose events are released. */
    float[] after(cl_event[] ops, cl_mem result, int elements) {
        Cl.release(List.of(ops));
        return read(result, elements);
    }

    float[] read(cl_mem buffer, int elements) {
        return elements == 0 ? new float[0] : Cl.read(queue, buffer, elements);
    }

    @Override
    public void close() {
        // A failed call leaves kernels behind that may still use the buffers.
        Cl.finish(queue);
        buffers.forEach(Cl::release);
    }
}
