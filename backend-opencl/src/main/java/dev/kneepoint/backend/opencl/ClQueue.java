package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceQueue;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;

/** An in-order queue with profiling. */
record ClQueue(cl_command_queue handle) implements DeviceQueue {
    @SuppressWarnings("deprecation") // The newer call is missing in OpenCL 1.2.
    static ClQueue of(ClDevice device) {
        return new ClQueue(Cl.call(
                "clCreateCommandQueue",
                () -> CL.clCreateCommandQueue(device.context(), device.id(), CL.CL_QUEUE_PROFILING_ENABLE, null)));
    }

    static cl_command_queue handle(DeviceQueue queue) {
        return ((ClQueue) queue).handle;
    }

    @Override
    public DeviceEvent copy(DeviceKernels.At from, DeviceKernels.At to, long elements, DeviceEvent... waits) {
        cl_event done = new cl_event();
        Cl.call(
                "clEnqueueCopyBuffer of " + 4 * elements + " bytes",
                () -> CL.clEnqueueCopyBuffer(
                        handle,
                        ClBuffer.handle(from.buffer()),
                        ClBuffer.handle(to.buffer()),
                        4 * from.from(),
                        4 * to.from(),
                        4 * elements,
                        waits.length,
                        ClEvent.handles(waits),
                        done));
        return new ClEvent(done);
    }

    @Override
    public DeviceEvent marker(DeviceEvent... waits) {
        cl_event done = new cl_event();
        Cl.call(
                "clEnqueueMarkerWithWaitList",
                () -> CL.clEnqueueMarkerWithWaitList(handle, waits.length, ClEvent.handles(waits), done));
        return new ClEvent(done);
    }

    @Override
    public void write(DeviceBuffer to, float[] values) {
        write(to, values.length, Pointer.to(values));
    }

    @Override
    public void write(DeviceBuffer to, int[] values) {
        write(to, values.length, Pointer.to(values));
    }

    private void write(DeviceBuffer to, int elements, Pointer values) {
        Cl.call(
                "clEnqueueWriteBuffer of " + 4L * elements + " bytes",
                () -> CL.clEnqueueWriteBuffer(
                        handle, ClBuffer.handle(to), CL.CL_TRUE, 0, 4L * elements, values, 0, null, null));
    }

    @Override
    public float[] read(DeviceBuffer from, int elements) {
        float[] values = new float[elements];
        Cl.call(
                "clEnqueueReadBuffer of " + 4L * elements + " bytes",
                () -> CL.clEnqueueReadBuffer(
                        handle,
                        ClBuffer.handle(from),
                        CL.CL_TRUE,
                        0,
                        4L * elements,
                        Pointer.to(values),
                        0,
                        null,
                        null));
        return values;
    }

    @Override
    public void flush() {
        Cl.call("clFlush", () -> CL.clFlush(handle));
    }

    @Override
    public void finish() {
        Cl.call("clFinish", () -> CL.clFinish(handle));
    }

    @Override
    public void close() {
        finish();
        Cl.call("clReleaseCommandQueue", () -> CL.clReleaseCommandQueue(handle));
    }
}
