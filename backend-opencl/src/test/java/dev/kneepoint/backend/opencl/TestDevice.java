package dev.kneepoint.backend.opencl;

import dev.kneepoint.plan.CollectiveKind;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;

/** The machine's first device, whole, with a queue and one form of the kernels. Closing releases all of it. */
final class TestDevice implements AutoCloseable {
    private static final OpenClNumerics.Exchange NO_EXCHANGE = new OpenClNumerics.Exchange() {
        @Override
        public float[][] collective(CollectiveKind kind, float[][] inputs) {
            throw new UnsupportedOperationException("kernels alone have no collectives");
        }

        @Override
        public float[] sendReceive(float[] message) {
            throw new UnsupportedOperationException("kernels alone send nothing");
        }
    };

    private final ClSession session;
    final ClDevice device;
    final cl_command_queue queue;
    /** Null on a bare device. */
    final ClKernels kernels;

    private TestDevice(ClSession session, ClKernels kernels) {
        this.session = session;
        this.device = session.device(0);
        this.queue = Cl.queue(device);
        this.kernels = kernels;
    }

    /** Needs an OpenCL device: see {@link RequiresOpenCl}. */
    static TestDevice open(KernelForm form) {
        ClSession session =
                session(device -> TunedKernels.open(device, new KernelOptions(Optional.of(form), Optional.empty())));
        return new TestDevice(session, session.kernels(0));
    }

    /** Kernels for vectors of another length than the device's. */
    static TestDevice open(KernelForm form, int vector) {
        ClSession session = session(device -> TunedKernels.open(
                device,
                form,
                KernelSource.of(form, vector, false).with("-cl-opt-disable"),
                new ProgramCache(Optional.empty())));
        return new TestDevice(session, session.kernels(0));
    }

    /** A device whose kernels are not built. */
    static TestDevice bare() {
        return new TestDevice(
                session(device -> {
                    throw new UnsupportedOperationException("a bare device has no kernels");
                }),
                null);
    }

    private static ClSession session(ClKernels.Factory factory) {
        return ClSession.open(ClDiscovery.devices().subList(0, 1), 0, factory);
    }

    /** Compute ops only. */
    OpenClNumerics numerics() {
        return new OpenClNumerics(device, kernels, queue, NO_EXCHANGE);
    }

    /** Compute ops whose buffers live until the device is closed. */
    OpenClNumerics keepingNumerics() {
        return new OpenClNumerics(kernels, queue, NO_EXCHANGE, () -> new DeviceArrays(device.context(), queue) {
            @Override
            public void close() {
                Cl.finish(queue);
            }
        });
    }

    DeviceArrays arrays() {
        return new DeviceArrays(device.context(), queue);
    }

    /** Waits for ops and releases their events. */
    void finish(cl_event... ops) {
        Cl.finish(queue);
        for (cl_event op : ops) {
            Cl.release(op);
        }
    }

    @Override
    public void close() {
        CL.clReleaseCommandQueue(queue);
        session.close();
    }
}
