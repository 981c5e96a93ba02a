package dev.kneepoint.backend.cuda;

import java.util.concurrent.TimeUnit;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;

/**
 * The clock of a device. Events only tell the time from one to another, in single precision: the reference is moved on
 * before that becomes coarse. Thread-safe.
 */
final class CudaClock {
    /** Single precision tells a second to 60 ns. */
    private static final long AGE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final double NANOS_PER_MILLI = 1e6;

    private final CudaContext context;
    private final CUevent[] references;
    private int current;
    private long offset;
    private long moved;

    /** A clock whose reference is recorded now on a stream. */
    CudaClock(CudaContext context, EventPool events, CudaStream stream) {
        this.context = context;
        this.references = new CUevent[] {events.take(), events.take()};
        record(references[0], stream);
    }

    private void record(CUevent reference, CudaStream stream) {
        context.check(JCudaDriver.cuEventRecord(reference, stream), "cuEventRecord of the clock");
        context.await(() -> JCudaDriver.cuEventQuery(reference), "cuEventQuery of the clock");
        moved = System.nanoTime();
    }

    /** When an event was recorded, which has happened: nanoseconds from the making of the clock. */
    synchronized long at(CUevent event) {
        context.enter();
        return offset + between(references[current], event);
    }

    private long between(CUevent from, CUevent to) {
        float[] millis = new float[1];
        context.check(JCudaDriver.cuEventElapsedTime(millis, from, to), "cuEventElapsedTime");
        return Math.round(millis[0] * NANOS_PER_MILLI);
    }

    /** Moves the reference on if it is old; the context is current, and the stream empty. */
    synchronized void advance(CudaStream stream) {
        if (System.nanoTime() - moved < AGE_NANOS) {
            return;
        }
        CUevent next = references[1 - current];
        record(next, stream);
        offset += between(references[current], next);
        current = 1 - current;
    }
}
