package dev.kneepoint.backend.opencl;

import java.util.List;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_event;
import org.jocl.cl_mem;

/** OpenCL calls with typed failures. The only class that touches JOCL's switches; load it only where there is OpenCL. */
final class Cl {
    static {
        // Every call then throws CLException instead of returning a status that someone might forget.
        CL.setExceptionsEnabled(true);
    }

    private Cl() {}

    /** A call that may throw. */
    @FunctionalInterface
    interface Call<T> {
        /** Makes it. */
        T make();
    }

    /** Makes a call; its failure is an {@link OpenClException} that says which call it was. */
    static <T> T call(String what, Call<T> call) {
        try {
            return call.make();
        } catch (CLException e) {
            throw failure(what, e);
        }
    }

    /** The typed form of a failure. */
    static OpenClException failure(String what, CLException e) {
        return OpenClException.of(what, e.getStatus(), CL.stringFor_errorCode(e.getStatus()));
    }

    /** A buffer of floats (or ints) on the context's devices. */
    static cl_mem buffer(cl_context context, long elements) {
        return call(
                "clCreateBuffer of " + 4 * elements + " bytes",
                () -> CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, 4 * elements, null, null));
    }

    /** An in-order queue with profiling. */
    @SuppressWarnings("deprecation") // The newer call is missing in OpenCL 1.2.
    static cl_command_queue queue(ClDevice device) {
        return call(
                "clCreateCommandQueue",
                () -> CL.clCreateCommandQueue(device.context(), device.id(), CL.CL_QUEUE_PROFILING_ENABLE, null));
    }

    static void release(cl_mem buffer) {
        call("clReleaseMemObject", () -> CL.clReleaseMemObject(buffer));
    }

    static void release(cl_event event) {
        call("clReleaseEvent", () -> CL.clReleaseEvent(event));
    }

    static void release(List<cl_event> events) {
        events.forEach(Cl::release);
    }

    /** Copies elements between buffers of one context; the queue's device does it. */
    static cl_event copy(cl_command_queue queue, ClKernels.At from, ClKernels.At to, long elements, cl_event... waits) {
        cl_event done = new cl_event();
        call(
                "clEnqueueCopyBuffer of " + 4 * elements + " bytes",
                () -> CL.clEnqueueCopyBuffer(
                        queue,
                        from.buffer(),
                        to.buffer(),
                        4 * from.from(),
                        4 * to.from(),
                        4 * elements,
                        waits.length,
                        waits.length == 0 ? null : waits,
                        done));
        return done;
    }

    /** Writes an array and waits for it. */
    static void write(cl_command_queue queue, cl_mem to, float[] values) {
        call(
                "clEnqueueWriteBuffer of " + 4L * values.length + " bytes",
                () -> CL.clEnqueueWriteBuffer(
                        queue, to, CL.CL_TRUE, 0, 4L * values.length, Pointer.to(values), 0, null, null));
    }

    /** Writes an array and waits for it. */
    static void write(cl_command_queue queue, cl_mem to, int[] values) {
        call(
                "clEnqueueWriteBuffer of " + 4L * values.length + " bytes",
                () -> CL.clEnqueueWriteBuffer(
                        queue, to, CL.CL_TRUE, 0, 4L * values.length, Pointer.to(values), 0, null, null));
    }

    /** Reads an array after everything before it on the queue. */
    static float[] read(cl_command_queue queue, cl_mem from, int elements) {
        float[] values = new float[elements];
        call(
                "clEnqueueReadBuffer of " + 4L * elements + " bytes",
                () -> CL.clEnqueueReadBuffer(
                        queue, from, CL.CL_TRUE, 0, 4L * elements, Pointer.to(values), 0, null, null));
        return values;
    }

    /** A command that does nothing but end after others. */
    static cl_event marker(cl_command_queue queue, cl_event... waits) {
        cl_event done = new cl_event();
        call(
                "clEnqueueMarkerWithWaitList",
                () -> CL.clEnqueueMarkerWithWaitList(queue, waits.length, waits.length == 0 ? null : waits, done));
        return done;
    }

    /** Waits for a command and everything that it waits for. */
    static void await(cl_event event) {
        call("clWaitForEvents", () -> CL.clWaitForEvents(1, new cl_event[] {event}));
    }

    /** When a command was queued, started or ended, in nanoseconds of its device's clock. */
    static long time(cl_event event, int which) {
        long[] value = new long[1];
        call(
                "clGetEventProfilingInfo",
                () -> CL.clGetEventProfilingInfo(event, which, Long.BYTES, Pointer.to(value), null));
        return value[0];
    }

    /** Hands what was enqueued to the device. */
    static void flush(cl_command_queue queue) {
        call("clFlush", () -> CL.clFlush(queue));
    }

    /** Waits for everything on a queue. */
    static void finish(cl_command_queue queue) {
        call("clFinish", () -> CL.clFinish(queue));
    }
}
