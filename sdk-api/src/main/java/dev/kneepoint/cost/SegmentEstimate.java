package dev.kneepoint.cost;

import dev.kneepoint.plan.OpEvents;
import dev.kneepoint.plan.StreamKind;
import java.util.Arrays;

/**
 * Duration of a segment by one pass over its ops in issue order: compute advances time, background transfers are
 * backlogs that drain beside it, and repeated blocks are multiplied out once two runs have taken equal time.
 * Allocation-free, reusable, thread-confined.
 */
final class SegmentEstimate {
    private static final int STREAMS = StreamKind.values().length;
    private static final int GRADIENT = StreamKind.GRADIENT.ordinal();
    private static final double TOLERANCE = 1;

    private final Backlogs backlogs;
    private final int[] eventStream = new int[OpEvents.COUNT];
    private final double[] eventTarget = new double[OpEvents.COUNT];
    /** The least that the host was ahead of an op in a run, picoseconds; negative if the device waited. */
    private double slack;

    private double now;
    /** Ends of the latest two block runs: the host may run ahead of the device by those. */
    private double latestEnd;

    private double earlierEnd;
    private double host;
    private double carry;
    /** Since when, at the end of a segment, only the issue of gradient reductions kept the host busy; -1 if not. */
    private double settled;

    private double settledDrained;

    SegmentEstimate(Contention contention) {
        this.backlogs = new Backlogs(contention);
    }

    /** Gradient backlog that the segment leaves, picoseconds alone on the machine. */
    double carry() {
        return carry;
    }

    /** Gradient transfer done in the segment, picoseconds alone on the machine. */
    double drained() {
        return backlogs.drained(GRADIENT);
    }

    /** Duration of the segment of some blocks in picoseconds. */
    double run(LayoutOps s, int from, int to, double backlog) {
        now = 0;
        host = 0;
        latestEnd = 0;
        earlierEnd = 0;
        settled = -1;
        backlogs.start(backlog);
        Arrays.fill(eventStream, -1);
        eventStream[OpEvents.REDUCED] = GRADIENT;
        eventTarget[OpEvents.REDUCED] = backlog;
        for (int b = from; b < to; b++) {
            block(s, b);
        }
        for (int stream = 0; stream < STREAMS; stream++) {
            if (stream != GRADIENT && backlogs.pending(stream)) {
                settled = -1;
                now += backlogs.await(stream, backlogs.issued(stream));
            }
        }
        boolean trails = settled >= 0 && now > settled;
        carry = Math.max(0, backlogs.issued(GRADIENT) - (trails ? settledDrained : backlogs.drained(GRADIENT)));
        return trails ? settled : now;
    }

    private void block(LayoutOps s, int b) {
        if (s.repeat(b) == 1) {
            once(s, b);
        } else {
            repeatedly(s, b);
        }
    }

    private void once(LayoutOps s, int b) {
        host = Math.max(host, earlierEnd);
        int end = s.lastPiece(b);
        for (int piece = s.firstPiece(b); piece < end; piece = LayoutOps.nextPiece(piece)) {
            int last = s.lastItem(piece);
            for (int item = s.firstItem(piece); item < last; item = LayoutOps.nextItem(item)) {
                if (s.type(item) == LoweredSegment.KERNEL) {
                    kernels(s, item);
                } else {
                    transfer(s, item);
                }
            }
        }
        earlierEnd = latestEnd;
        latestEnd = now;
    }

    private void repeatedly(LayoutOps s, int b) {
        int left = s.repeat(b);
        double period = -1;
        while (left > 0) {
            double before = now;
            double hostBefore = host;
            backlogs.mark();
            double lead = now - Math.max(host, earlierEnd);
            slack = Double.POSITIVE_INFINITY;
            once(s, b);
            left--;
            boolean again = period >= 0;
            double change = Math.abs(now - before - period);
            period = now - before;
            if (left > 0 && again) {
                double loss = lead - (now - Math.max(host, earlierEnd));
                left -= multiply(alike(left, loss, change), period, host - hostBefore, loss);
            }
        }
    }

    /**
     * How many of the next runs will go like the latest: it must have found the host as far ahead as they will, or far
     * enough, and the backlogs as they will.
     */
    private double alike(int most, double leadLoss, double change) {
        double alike = most;
        if (slack < 0 ? Math.abs(leadLoss) > TOLERANCE : leadLoss > TOLERANCE) {
            if (slack < 0) {
                return 0;
            }
            alike = Math.min(alike, Math.floor(slack / leadLoss));
        }
        return backlogs.alike(alike, change);
    }

    /** Skips runs that go like the latest; returns how many. */
    private int multiply(double runs, double period, double hostPeriod, double leadLoss) {
        if (runs < 1) {
            return 0;
        }
        double skipped = runs * period;
        now += skipped;
        host += leadLoss > TOLERANCE ? skipped + runs * leadLoss : Math.min(skipped, runs * hostPeriod);
        earlierEnd += skipped;
        latestEnd += skipped;
        if (settled >= 0) {
            settled += skipped;
            settledDrained += runs * backlogs.drainedSinceMark(GRADIENT);
        }
        for (int event = 0; event < OpEvents.COUNT; event++) {
            int stream = eventStream[event];
            if (stream >= 0) {
                eventTarget[event] += backlogs.shift(stream, eventTarget[event], runs);
            }
        }
        backlogs.multiply(runs);
        return (int) runs;
    }

    private void kernels(LayoutOps s, int item) {
        settled = -1;
        awaitEvent(s.waits(item));
        slack = Math.min(slack, now - host - s.lead(item));
        if (backlogs.idle()) {
            now = Math.max(now + s.work(item), host + s.tail(item));
            host += s.host(item);
        } else if (host + s.lead(item) <= now) {
            host += s.host(item);
            now += backlogs.beside(s.work(item));
        } else {
            int end = s.lastKernel(item);
            for (int kernel = s.firstKernel(item); kernel < end; kernel = LayoutOps.nextKernel(kernel)) {
                host += s.kernelHost(kernel);
                idleUntil(host);
                now += backlogs.beside(s.kernelWork(kernel));
            }
        }
        signal(s.signals(item), -1, 0);
    }

    private void transfer(LayoutOps s, int op) {
        host += s.host(op);
        int stream = s.stream(op);
        if (s.type(op) != LoweredSegment.BACKGROUND || stream != GRADIENT) {
            settled = -1;
        }
        if (s.type(op) == LoweredSegment.BACKGROUND) {
            begin(s, op, stream);
        } else {
            if (s.type(op) == LoweredSegment.BLOCKING) {
                now += backlogs.await(stream, backlogs.issued(stream));
            }
            slack = Math.min(slack, now - host);
            idleUntil(host);
            backlogs.drain(s.work(op));
            now += s.work(op);
            signal(s.signals(op), -1, 0);
        }
    }

    private void begin(LayoutOps s, int op, int stream) {
        if (stream == GRADIENT && settled < 0) {
            settled = now;
            settledDrained = backlogs.drained(GRADIENT);
        }
        slack = Math.min(slack, now - host);
        idleUntil(host);
        gate(stream, s.waits(op));
        backlogs.add(stream, s.network(op), s.work(op));
        signal(s.signals(op), stream, backlogs.issued(stream));
    }

    /** Only gradient reductions wait for another stream's transfers. */
    private void gate(int stream, int event) {
        if (stream == GRADIENT && event >= 0 && eventStream[event] > 0 && eventStream[event] != stream) {
            backlogs.gate(stream, eventStream[event], eventTarget[event]);
        }
    }

    private void signal(int event, int stream, double target) {
        if (event >= 0) {
            eventStream[event] = stream;
            eventTarget[event] = target;
        }
    }

    private void awaitEvent(int event) {
        if (event >= 0 && eventStream[event] >= 0) {
            now += backlogs.await(eventStream[event], eventTarget[event]);
        }
    }

    private void idleUntil(double time) {
        if (time > now) {
            backlogs.drain(time - now);
            now = time;
        }
    }
}
