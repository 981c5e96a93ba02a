package dev.kneepoint.backend.opencl;

import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;

/**
 * Brings the times of a device to the host's clock, {@link System#nanoTime}. The offset is that of a short kernel which the
 * host saw queued and ended: the shortest of several, whose half is the error. Confined to one thread.
 */
final class ClClock {
    private final Seat seat;
    private final cl_command_queue queue;
    private long offset;
    private long error = Long.MAX_VALUE;

    ClClock(Seat seat, cl_command_queue queue) {
        this.seat = seat;
        this.queue = queue;
    }

    /** Measures the offset anew; the queue must be empty. */
    void sync(int tries) {
        error = Long.MAX_VALUE;
        for (int i = 0; i < tries; i++) {
            once();
        }
    }

    private void once() {
        long before = System.nanoTime();
        cl_event[] events = seat.kernels().nothing(queue);
        cl_event last = events[events.length - 1];
        try {
            Cl.flush(queue);
            Cl.await(last);
            long after = System.nanoTime();
            long queued = Cl.time(events[0], CL.CL_PROFILING_COMMAND_QUEUED);
            long ended = Cl.time(last, CL.CL_PROFILING_COMMAND_END);
            // Both ends lie between the host's: the offset is known to half of what is left.
            long slack = Math.max(0, after - before - (ended - queued));
            if (slack < error) {
                error = slack;
                offset = before + (after - before) / 2 - (queued + (ended - queued) / 2);
            }
        } finally {
            for (cl_event event : events) {
                Cl.release(event);
            }
        }
    }

    long toHost(long deviceNanos) {
        return deviceNanos + offset;
    }
}
