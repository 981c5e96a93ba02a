package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceQueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
        int size = from.buffer().type().bytes();
        Cl.call(
                "clEnqueueCopyBuffer of " + size * elements + " bytes",
                () -> CL.clEnqueueCopyBuffer(
                        handle,
                        ClBuffer.handle(from.buffer()),
                        ClBuffer.handle(to.buffer()),
                        size * from.from(),
                        size * to.from(),
                        size * elements,
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
        write(to, values.length, Pointer.to(to.type().pack(values)));
    }

    @Override
    public void write(DeviceBuffer to, int[] values) {
        write(to, values.length, Pointer.to(values));
    }

    private void write(DeviceBuffer to, int elements, Pointer values) {
        long bytes = (long) to.type().bytes() * elements;
        Cl.call(
                "clEnqueueWriteBuffer of " + bytes + " bytes",
                () -> CL.clEnqueueWriteBuffer(
                        handle, ClBuffer.handle(to), CL.CL_TRUE, 0, bytes, values, 0, null, null));
    }

    @Override
    public float[] read(DeviceBuffer from, int elements) {
        int bytes = Math.multiplyExact(from.type().bytes(), elements);
        ByteBuffer packed = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
        Cl.call(
                "clEnqueueReadBuffer of " + bytes + " bytes",
                () -> CL.clEnqueueReadBuffer(
                        handle, ClBuffer.handle(from), CL.CL_TRUE, 0, bytes, Pointer.to(packed), 0, null, null));
        return from.type().unpack(packed, elements);
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
