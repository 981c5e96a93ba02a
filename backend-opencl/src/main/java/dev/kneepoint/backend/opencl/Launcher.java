package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceQueue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/** The kernels of a built program, and how they are enqueued. Thread-safe; owns the program. */
final class Launcher implements AutoCloseable {
    private final Object lock = new Object();
    private final int group;
    private final cl_program program;
    private final Map<String, cl_kernel> kernels = new HashMap<>();
    private boolean closed;

    /**
     * Takes a built program over, which closing releases.
     *
     * @param group work-items of a work-group
     * @param names kernels that are needed
     */
    Launcher(cl_program program, int group, List<String> names) {
        this.program = program;
        this.group = group;
        try {
            for (String name : names) {
                kernels.put(name, Cl.call("clCreateKernel of " + name, () -> CL.clCreateKernel(program, name, null)));
            }
        } catch (OpenClException e) {
            close();
            throw e;
        }
    }

    /**
     * Enqueues a kernel.
     *
     * @param groups work-groups in each dimension
     * @param waits what it waits for
     * @param arguments buffers with their offsets ({@link DeviceKernels.At}), bare buffers, ints, longs and floats
     */
    DeviceEvent launch(DeviceQueue queue, String name, long[] groups, DeviceEvent[] waits, Object... arguments) {
        long[] global = groups.clone();
        global[0] *= group;
        long[] local = {group, 1, 1};
        cl_event done = new cl_event();
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException("the kernels of this device are closed");
            }
            cl_kernel kernel = kernels.get(name);
            if (kernel == null) {
                throw new IllegalArgumentException("no kernel is called " + name);
            }
            int index = 0;
            for (Object argument : arguments) {
                index = set(kernel, name, index, argument);
            }
            enqueue(ClQueue.handle(queue), name, kernel, global, local, waits, done);
        }
        return new ClEvent(done);
    }

    /** Names the call only when it fails: the text would cost more than the call. */
    private static void enqueue(
            cl_command_queue queue,
            String name,
            cl_kernel kernel,
            long[] global,
            long[] local,
            DeviceEvent[] waits,
            cl_event done) {
        try {
            CL.clEnqueueNDRangeKernel(
                    queue, kernel, global.length, null, global, local, waits.length, ClEvent.handles(waits), done);
        } catch (CLException e) {
            throw Cl.failure("clEnqueueNDRangeKernel of " + name, e);
        }
    }

    private static int set(cl_kernel kernel, String name, int index, Object argument) {
        return switch (argument) {
            case DeviceKernels.At at -> {
                set(kernel, name, index, Sizeof.cl_mem, Pointer.to(ClBuffer.handle(at.buffer())));
                yield set(kernel, name, index + 1, at.from());
            }
            case ClBuffer buffer -> set(kernel, name, index, Sizeof.cl_mem, Pointer.to(buffer.handle()));
            case Integer i -> set(kernel, name, index, Sizeof.cl_int, Pointer.to(new int[] {i}));
            case Long l -> set(kernel, name, index, Sizeof.cl_long, Pointer.to(new long[] {l}));
            case Float f -> set(kernel, name, index, Sizeof.cl_float, Pointer.to(new float[] {f}));
            default -> throw new IllegalArgumentException("kernels take no " + argument.getClass());
        };
    }

    private static int set(cl_kernel kernel, String name, int index, long size, Pointer value) {
        try {
            CL.clSetKernelArg(kernel, index, size, value);
        } catch (CLException e) {
            throw Cl.failure("clSetKernelArg " + index + " of " + name, e);
        }
        return index + 1;
    }

    @Override
    public void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            kernels.values().forEach(kernel -> Cl.call("clReleaseKernel", () -> CL.clReleaseKernel(kernel)));
            kernels.clear();
            Cl.call("clReleaseProgram", () -> CL.clReleaseProgram(program));
        }
    }
}
