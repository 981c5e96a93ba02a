package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.StreamKind;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The thread that runs one communication stream of a rank beside its compute stream, in issue order. */
final class StreamWorker implements Runnable {
    /** An issued transfer. */
    static final class Task {
        final String op;
        final StreamKind stream;
        final @Nullable Task after;
        final LongSupplier body;
        volatile long allArrived = Long.MAX_VALUE;
        volatile boolean done;

        /**
         * A transfer.
         *
         * @param op name of the op
         * @param stream its stream
         * @param after a transfer on another stream that must end first
         * @param body runs it and returns when all ranks had arrived
         */
        Task(String op, StreamKind stream, @Nullable Task after, LongSupplier body) {
            this.op = op;
            this.stream = stream;
            this.after = after;
            this.body = body;
        }

        /** A transfer over a group of one rank: nothing to do. */
        static Task ended(String op, StreamKind stream) {
            Task task = new Task(op, stream, null, () -> 0);
            task.done = true;
            return task;
        }
    }

    private static final long PARK_NANOS = 1_000_000;

    private final RunControl control;
    private final Lane lane;
    private final @Nullable StepGate recorded;
    private final ConcurrentLinkedQueue<Task> queue = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile @Nullable Task latest;
    private volatile boolean closed;

    StreamWorker(RunControl control, Lane lane, @Nullable StepGate recorded) {
        this.control = control;
        this.lane = lane;
        this.recorded = recorded;
        this.thread = new Thread(this, "kneepoint-cpu-rank-" + lane.rank + "-" + lane.stream.label());
        thread.setDaemon(true);
        thread.start();
    }

    /** The transfer issued last, if it has not ended. */
    @Nullable
    Task unfinished() {
        Task task = latest;
        return task == null || task.done ? null : task;
    }

    void submit(Task task) {
        latest = task;
        lane.pending.incrementAndGet();
        queue.add(task);
        LockSupport.unpark(thread);
    }

    /** Ends the thread once its queue is empty. */
    void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    void join() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        try {
            while (!control.stopped()) {
                Task task = queue.poll();
                if (task != null) {
                    run(control, lane, task, recorded);
                    lane.pending.decrementAndGet();
                } else if (closed) {
                    return;
                } else {
                    LockSupport.parkNanos(this, PARK_NANOS);
                }
            }
        } catch (RuntimeException | Error e) {
            control.fail(lane, e);
        }
    }

    /** Runs a transfer on the calling thread; its span is kept if {@code recorded} says when the step began. */
    static void run(RunControl control, Lane lane, Task task, @Nullable StepGate recorded) {
        lane.op = task.op;
        Task after = task.after;
        if (after != null && !after.done) {
            control.await(lane, "for '" + after.op + "'", lane.rank, after.stream, () -> after.done);
        }
        task.allArrived = task.body.getAsLong();
        long end = System.nanoTime();
        lane.ran(task.allArrived, end);
        if (recorded != null) {
            lane.span(task.op, task.allArrived - recorded.start(), end - recorded.start());
        }
        lane.op = "";
        task.done = true;
        for (StreamKind stream : StreamKind.values()) {
            control.wake(control.lane(lane.rank, stream));
        }
    }
}
