package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.CommandRecorder;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels;

/** Records what is put on a stream of its own as graphs. Confined to one thread. */
final class CudaRecorder implements CommandRecorder {
    private final CudaQueue queue;

    /**
     * A recorder of a device whose driver has graphs.
     *
     * @param queue closed with it
     */
    CudaRecorder(CudaQueue queue) {
        this.queue = queue;
    }

    @Override
    public CudaQueue queue() {
        return queue;
    }

    @Override
    public long time(Runnable commands) {
        DeviceEvent all = queue.enqueue(DeviceKernels.NOTHING, q -> q.plainly(commands));
        try {
            queue.finish();
            return all.end() - all.start();
        } finally {
            all.release();
        }
    }

    @Override
    public CudaGraph record(Runnable commands) {
        return CudaGraph.of(queue, commands);
    }

    @Override
    public void close() {
        queue.close();
    }
}
