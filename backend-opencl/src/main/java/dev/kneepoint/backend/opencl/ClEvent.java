package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceEvent;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_event;
import org.jspecify.annotations.Nullable;

/** The event of a command on a queue with profiling. */
record ClEvent(cl_event handle) implements DeviceEvent {
    /** What OpenCL takes for a list of events to wait for. */
    static cl_event @Nullable [] handles(DeviceEvent[] waits) {
        if (waits.length == 0) {
            return null;
        }
        cl_event[] out = new cl_event[waits.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = ((ClEvent) waits[i]).handle;
        }
        return out;
    }

    private long time(int which) {
        long[] value = new long[1];
        Cl.call(
                "clGetEventProfilingInfo",
                () -> CL.clGetEventProfilingInfo(handle, which, Long.BYTES, Pointer.to(value), null));
        return value[0];
    }

    @Override
    public long queued() {
        return time(CL.CL_PROFILING_COMMAND_QUEUED);
    }

    @Override
    public long start() {
        return time(CL.CL_PROFILING_COMMAND_START);
    }

    @Override
    public long end() {
        return time(CL.CL_PROFILING_COMMAND_END);
    }

    @Override
    public boolean hasEnded() {
        int[] status = new int[1];
        Cl.call(
                "clGetEventInfo",
                () -> CL.clGetEventInfo(
                        handle, CL.CL_EVENT_COMMAND_EXECUTION_STATUS, Integer.BYTES, Pointer.to(status), null));
        return status[0] == CL.CL_COMPLETE;
    }

    @Override
    public void await() {
        Cl.call("clWaitForEvents", () -> CL.clWaitForEvents(1, new cl_event[] {handle}));
    }

    @Override
    public void release() {
        Cl.call("clReleaseEvent", () -> CL.clReleaseEvent(handle));
    }
}
