package dev.kneepoint.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;

/** The kernels of one op on an in-order queue: only the first waits for what was before. Confined to a call. */
final class KernelChain {
    private final Launcher launcher;
    private final cl_command_queue queue;
    private final cl_event[] waits;
    private final List<cl_event> events = new ArrayList<>();

    KernelChain(Launcher launcher, cl_command_queue queue, cl_event[] waits) {
        this.launcher = launcher;
        this.queue = queue;
        this.waits = waits;
    }

    /** Enqueues the next kernel; if that fails, nobody else will release the events of those before. */
    KernelChain then(String kernel, long[] groups, Object... arguments) {
        try {
            events.add(launcher.launch(queue, kernel, groups, events.isEmpty() ? waits : ClKernels.NOTHING, arguments));
            return this;
        } catch (RuntimeException e) {
            Cl.release(events);
            throw e;
        }
    }

    cl_event[] events() {
        return events.toArray(ClKernels.NOTHING);
    }
}
