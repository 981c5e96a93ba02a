package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.DeviceEvent;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;

/** A command between two events of its stream. */
final class CudaEvent implements DeviceEvent {
    private final CudaQueue queue;
    private final CUevent start;
    private final CUevent end;

    CudaEvent(CudaQueue queue, CUevent start, CUevent end) {
        this.queue = queue;
        this.start = start;
        this.end = end;
    }

    CudaQueue queue() {
        return queue;
    }

    /** What comes after the command waits for this. */
    CUevent last() {
        return end;
    }

    /** CUDA does not keep when a command was enqueued. */
    @Override
    public long queued() {
        return start();
    }

    @Override
    public long start() {
        return queue.device().clock().at(start);
    }

    @Override
    public long end() {
        return queue.device().clock().at(end);
    }

    @Override
    public boolean hasEnded() {
        CudaContext context = queue.device().context();
        context.enter();
        int status = JCudaDriver.cuEventQuery(end);
        if (status == DriverStatus.NOT_READY) {
            return false;
        }
        context.check(status, "cuEventQuery");
        return true;
    }

    @Override
    public void await() {
        CudaContext context = queue.device().context();
        context.enter();
        context.await(() -> JCudaDriver.cuEventQuery(end), "cuEventQuery");
    }

    @Override
    public void release() {
        queue.device().events().give(start);
        queue.device().events().give(end);
    }
}
