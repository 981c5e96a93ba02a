package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceQueue;
import java.util.ArrayList;
import java.util.List;

/** The kernels of one op on an in-order queue: only the first waits for what was before. Confined to a call. */
final class KernelChain {
    private final Launcher launcher;
    private final DeviceQueue queue;
    private final DeviceEvent[] waits;
    private final List<DeviceEvent> events = new ArrayList<>();

    KernelChain(Launcher launcher, DeviceQueue queue, DeviceEvent[] waits) {
        this.launcher = launcher;
        this.queue = queue;
        this.waits = waits;
    }

    /** Enqueues the next kernel; if that fails, nobody else will release the events of those before. */
    KernelChain then(String kernel, long[] groups, Object... arguments) {
        try {
            events.add(launcher.launch(
                    queue, kernel, groups, events.isEmpty() ? waits : DeviceKernels.NOTHING, arguments));
            return this;
        } catch (RuntimeException e) {
            DeviceEvent.release(events);
            throw e;
        }
    }

    DeviceEvent[] events() {
        return events.toArray(DeviceKernels.NOTHING);
    }
}
