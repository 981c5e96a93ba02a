package dev.kneepoint.cost;

import dev.kneepoint.plan.OpEvents;
import dev.kneepoint.plan.StreamKind;
import java.util.Arrays;

/**
 * Duration of a segment by one pass over its ops in issue order: compute advances time, background transfers are
 * backlogs that drain beside it, and repeated blocks are multiplied out from their third run, when the pattern has
 * settled. Allocation-free, reusable, thread-confined.
 */
final class SegmentEstimate {
    private static final int STREAMS = StreamKind.values().length;
    private static final int GRADIENT = StreamKind.GRADIENT.ordinal();
    private static final int RUN_AHEAD = 2;
    private static final int SETTLED = 4;

    private final Contention contention;
    private final double[] issued = new double[STREAMS];
    private final double[] drained = new double[STREAMS];
    private final boolean[] network = new boolean[STREAMS];
    private final int[] eventStream = new int[OpEvents.COUNT];
    private final double[] eventTarget = new double[OpEvents.COUNT];
    private final double[] blockEnd = new double[RUN_AHEAD];
    private double now;
    private double host;
    private double carry;

    SegmentEstimate(Contention contention) {
        this.contention = contention;
    }

    /** Gradient backlog that the segment leaves, picoseconds alone on the machine. */
    double carry() {
        return carry;
    }

    /** Duration of the segment in picoseconds. */
    double run(LoweredSegment s, double backlog) {
        now = 0;
        host = 0;
        Arrays.fill(issued, 0);
        Arrays.fill(drained, 0);
        Arrays.fill(eventStream, -1);
        Arrays.fill(blockEnd, 0);
        Arrays.fill(network, false);
        issued[GRADIENT] = backlog;
        network[GRADIENT] = true;
        eventStream[OpEvents.REDUCED] = GRADIENT;
        eventTarget[OpEvents.REDUCED] = backlog;
        for (int b = 0; b < s.blocks(); b++) {
            block(s, b);
        }
        for (int stream = 0; stream < STREAMS; stream++) {
            if (stream != GRADIENT) {
                awaitStream(stream, issued[stream]);
            }
        }
        carry = Math.max(0, issued[GRADIENT] - drained[GRADIENT]);
        return now;
    }

    private void block(LoweredSegment s, int b) {
        int repeat = s.repeat(b);
        int walked = Math.min(repeat, SETTLED);
        double before = now;
        double gradientBefore = 0;
        for (int i = 0; i < walked; i++) {
            before = now;
            gradientBefore = issued[GRADIENT] - drained[GRADIENT];
            host = Math.max(host, blockEnd[0]);
            for (int op = s.start(b); op < s.start(b + 1); op++) {
                op(s, op);
            }
            blockEnd[0] = blockEnd[1];
            blockEnd[1] = now;
        }
        int left = repeat - walked;
        if (left > 0) {
            multiply(left, now - before, issued[GRADIENT] - drained[GRADIENT] - gradientBefore);
        }
    }

    private void multiply(int left, double period, double gradientGrowth) {
        double skipped = left * period;
        now += skipped;
        host += skipped;
        blockEnd[0] += skipped;
        blockEnd[1] += skipped;
        double backlog = issued[GRADIENT] - drained[GRADIENT];
        issued[GRADIENT] = drained[GRADIENT] + Math.max(0, backlog + left * gradientGrowth);
        if (eventStream[OpEvents.REDUCED] == GRADIENT) {
            eventTarget[OpEvents.REDUCED] = issued[GRADIENT];
        }
    }

    private void op(LoweredSegment s, int op) {
        host += s.host(op);
        int stream = s.stream(op);
        switch (s.type(op)) {
            case LoweredSegment.KERNEL -> {
                awaitEvent(s.waits(op));
                idleUntil(host);
                compute(s.work(op));
                signal(s.signals(op), -1, 0);
            }
            case LoweredSegment.BACKGROUND -> {
                network[stream] = s.network(op);
                issued[stream] = Math.max(issued[stream], drained[stream]) + s.work(op);
                signal(s.signals(op), stream, issued[stream]);
            }
            default -> {
                if (s.type(op) == LoweredSegment.BLOCKING) {
                    awaitStream(stream, issued[stream]);
                }
                idleUntil(host);
                drain(s.work(op), false);
                now += s.work(op);
                signal(s.signals(op), -1, 0);
            }
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
            awaitStream(eventStream[event], eventTarget[event]);
        }
    }

    private void awaitStream(int stream, double target) {
        while (target - drained[stream] > 0.5) {
            double rate = contention.background(stream, false, sharers(stream));
            double step = (target - drained[stream]) / rate;
            step = Math.min(step, shortest(false, stream));
            drain(step, false);
            now += step;
        }
    }

    private void idleUntil(double time) {
        if (time > now) {
            drain(time - now, false);
            now = time;
        }
    }

    private void compute(double work) {
        double left = work;
        while (left > 0) {
            double shortest = shortest(true, -1);
            boolean beside = shortest < Double.POSITIVE_INFINITY;
            double rate = beside ? contention.kernel() : 1;
            double step = Math.min(left / rate, shortest);
            drain(step, true);
            now += step;
            left -= step * rate;
            if (left < 0.5) {
                left = 0;
            }
        }
    }

    /** Time until the next backlog has drained, other than that of a stream to ignore. */
    private double shortest(boolean besideKernel, int ignore) {
        double shortest = Double.POSITIVE_INFINITY;
        for (int stream = 1; stream < STREAMS; stream++) {
            double left = issued[stream] - drained[stream];
            if (stream != ignore && left > 0.5) {
                shortest = Math.min(shortest, left / contention.background(stream, besideKernel, sharers(stream)));
            }
        }
        return shortest;
    }

    private void drain(double time, boolean besideKernel) {
        double remaining = time;
        while (remaining > 0) {
            double step = Math.min(remaining, shortest(besideKernel, -1));
            if (step == Double.POSITIVE_INFINITY || shortest(besideKernel, -1) == Double.POSITIVE_INFINITY) {
                return;
            }
            drainStep(step, besideKernel);
            remaining -= step;
            if (remaining < 0.5) {
                return;
            }
        }
    }

    private void drainStep(double step, boolean besideKernel) {
        int onNetwork = active(true);
        int onScaleUp = active(false);
        for (int stream = 1; stream < STREAMS; stream++) {
            if (issued[stream] - drained[stream] > 0.5) {
                int sharers = Math.max(1, network[stream] ? onNetwork : onScaleUp);
                drained[stream] += step * contention.background(stream, besideKernel, sharers);
            } else {
                drained[stream] = issued[stream];
            }
        }
    }

    private int sharers(int stream) {
        return Math.max(1, active(network[stream]));
    }

    private int active(boolean onNetwork) {
        int count = 0;
        for (int stream = 1; stream < STREAMS; stream++) {
            if (network[stream] == onNetwork && issued[stream] - drained[stream] > 0.5) {
                count++;
            }
        }
        return count;
    }
}
