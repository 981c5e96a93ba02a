package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceNumerics;
import dev.kneepoint.backend.engine.DeviceQueue;
import dev.kneepoint.plan.CollectiveKind;
import java.util.List;
import java.util.Optional;

/** The machine's first device, whole, with a queue and one form of the kernels. Closing releases all of it. */
final class TestDevice implements AutoCloseable {
    private static final DeviceNumerics.Exchange NO_EXCHANGE = new DeviceNumerics.Exchange() {
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
    final DeviceQueue queue;
    /** Null on a bare device. */
    final DeviceKernels kernels;

    private TestDevice(ClSession session, DeviceKernels kernels) {
        this.session = session;
        this.device = session.device(0);
        this.queue = device.queue();
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

    private static ClSession session(KernelFactory factory) {
        return ClSession.open(ClDiscovery.devices().subList(0, 1), 0, factory);
    }

    /** Compute ops only. */
    DeviceNumerics numerics() {
        return new DeviceNumerics(device.memory(), kernels, queue, NO_EXCHANGE);
    }

    /** Compute ops whose buffers live until the device is closed. */
    DeviceNumerics keepingNumerics() {
        return new DeviceNumerics(kernels, queue, NO_EXCHANGE, () -> new DeviceArrays(device.memory(), queue) {
            @Override
            public void close() {
                queue.finish();
            }
        });
    }

    DeviceArrays arrays() {
        return new DeviceArrays(device.memory(), queue);
    }

    /** Waits for ops and releases their events. */
    void finish(DeviceEvent... ops) {
        queue.finish();
        DeviceEvent.release(List.of(ops));
    }

    @Override
    public void close() {
        queue.close();
        session.close();
    }
}
