package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.Cleanup;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** Events of a context, which are made once and recorded again and again. Thread-safe. */
final class EventPool implements AutoCloseable {
    private final CudaContext context;
    private final Deque<CUevent> free = new ArrayDeque<>();
    private final List<CUevent> all = new ArrayList<>();

    EventPool(CudaContext context) {
        this.context = context;
    }

    /** An event; the context is current. */
    synchronized CUevent take() {
        CUevent known = free.poll();
        if (known != null) {
            return known;
        }
        CUevent event = new CUevent();
        context.check(JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT), "cuEventCreate");
        all.add(event);
        return event;
    }

    /** Gives an event back, which nobody will ask about or be made to wait for any more. */
    synchronized void give(CUevent event) {
        free.push(event);
    }

    @Override
    public synchronized void close() {
        free.clear();
        try (Cleanup cleanup = new Cleanup()) {
            all.forEach(
                    event -> cleanup.then(() -> context.check(JCudaDriver.cuEventDestroy(event), "cuEventDestroy")));
            all.clear();
        }
    }
}
