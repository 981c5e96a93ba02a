package dev.kneepoint.cost;

import dev.kneepoint.plan.OpEvents;
import dev.kneepoint.plan.StreamKind;
import java.util.Arrays;

/**
 * Duration of a segment by one pass over its ops in issue order: compute advances time, background transfers are
 * backlogs that drain beside it, and repeated blocks are multiplied out once two runs have taken equal time. Allocation-free, reusable, thread-confined.
 */
final class SegmentEstimate {
    private static final int STREAMS = StreamKind.values().length;
    private static final int GRADIENT = StreamKind.GRADIENT.ordinal();
    private static final int RUN_AHEAD = 2;
    private static final double SETTLED = 1e-6;

    private final Contention contention;
    private final double[] issued = new double[STREAMS];
    private final double[] drained = new double[STREAMS];
    private final boolean[] network = new boolean[STREAMS];
    private final int[] eventStream = new int[OpEvents.COUNT];
    private final double[] eventTarget = new double[OpEvents.COUNT];
    private final double[] issuedBefore = new double[STREAMS];
    private final double[] drainedBefore = new double[STREAMS];
    private final double[] blockEnd = new double[RUN_AHEAD];
    private final Gates gates = new Gates();
    private final boolean[] runs = new boolean[STREAMS];
    private final int[] order = new int[STREAMS];
    private final boolean[] listed = new boolean[STREAMS];
    private int used;
    private int onNetwork;
    private int onScaleUp;
    private boolean drains;
    private double now;
    private double host;
    private double carry;
    /** Since when, at the end of a segment, only the issue of gradient reductions kept the host busy; -1 if not. */
    private double settled;

    private double settledDrained;

    SegmentEstimate(Contention contention) {
        this.contention = contention;
    }

    /** Gradient backlog that the segment leaves, picoseconds alone on the machine. */
    double carry() {
        return carry;
    }

    /** Gradient transfer done in the segment, picoseconds alone on the machine. */
    double drained() {
        return drained[GRADIENT];
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
        gates.clear();
        settled = -1;
        issued[GRADIENT] = backlog;
        drains = backlog > 0;
        used = 0;
        Arrays.fill(listed, false);
        Arrays.fill(runs, false);
        if (backlog > 0) {
            list(GRADIENT);
        }
        network[GRADIENT] = true;
        eventStream[OpEvents.REDUCED] = GRADIENT;
        eventTarget[OpEvents.REDUCED] = backlog;
        for (int b = 0; b < s.blocks(); b++) {
            block(s, b);
        }
        for (int stream = 0; stream < STREAMS; stream++) {
            if (stream != GRADIENT && issued[stream] - drained[stream] > 0.5) {
                settled = -1;
                awaitStream(stream, issued[stream]);
            }
        }
        boolean trails = settled >= 0 && now > settled;
        carry = Math.max(0, issued[GRADIENT] - (trails ? settledDrained : drained[GRADIENT]));
        return trails ? settled : now;
    }

    private void block(LoweredSegment s, int b) {
        int left = s.repeat(b);
        double period = -1;
        while (left > 0) {
            double before = now;
            double hostBefore = host;
            for (int stream = 1; stream < STREAMS; stream++) {
                issuedBefore[stream] = issued[stream];
                drainedBefore[stream] = drained[stream];
            }
            host = Math.max(host, blockEnd[0]);
            for (int op = s.start(b); op < s.start(b + 1); op++) {
                op(s, op);
            }
            blockEnd[0] = blockEnd[1];
            blockEnd[1] = now;
            left--;
            boolean settled = Math.abs(now - before - period) <= SETTLED * period;
            period = now - before;
            if (settled && left > 1 && gates.none(drained)) {
                left -= multiply(drains ? left - 1 : left, period, host - hostBefore);
            }
        }
    }

    /** Skips runs as long as no backlog runs dry and the host stays ahead; returns how many. */
    private int multiply(int most, double period, double hostPeriod) {
        double runs = most;
        double lead = now - host;
        if (hostPeriod > period && lead > 0) {
            runs = Math.min(runs, Math.floor(lead / (hostPeriod - period)));
        }
        for (int stream = 1; stream < STREAMS; stream++) {
            double backlog = issued[stream] - drained[stream];
            double loss = issuedBefore[stream] - drainedBefore[stream] - backlog;
            if (loss > 0.5) {
                runs = Math.min(runs, Math.floor(backlog / loss));
            }
        }
        if (runs < 1) {
            return 0;
        }
        double skipped = runs * period;
        now += skipped;
        host += Math.min(skipped, runs * hostPeriod);
        blockEnd[0] += skipped;
        blockEnd[1] += skipped;
        for (int event = 0; event < OpEvents.COUNT; event++) {
            int stream = eventStream[event];
            if (stream >= 0 && eventTarget[event] > issuedBefore[stream]) {
                eventTarget[event] += runs * (issued[stream] - issuedBefore[stream]);
            }
        }
        for (int stream = 1; stream < STREAMS; stream++) {
            issued[stream] += runs * (issued[stream] - issuedBefore[stream]);
            drained[stream] += runs * (drained[stream] - drainedBefore[stream]);
        }
        return (int) runs;
    }

    private void op(LoweredSegment s, int op) {
        host += s.host(op);
        int stream = s.stream(op);
        if (s.type(op) != LoweredSegment.BACKGROUND || stream != GRADIENT) {
            settled = -1;
        }
        switch (s.type(op)) {
            case LoweredSegment.KERNEL -> {
                awaitEvent(s.waits(op));
                idleUntil(host);
                compute(s.work(op));
                signal(s.signals(op), -1, 0);
            }
            case LoweredSegment.BACKGROUND -> {
                if (stream == GRADIENT && settled < 0) {
                    settled = now;
                    settledDrained = drained[GRADIENT];
                }
                idleUntil(host);
                network[stream] = s.network(op);
                list(stream);
                issued[stream] = Math.max(issued[stream], drained[stream]);
                gate(stream, s.waits(op));
                issued[stream] += s.work(op);
                drains = true;
                signal(s.signals(op), stream, issued[stream]);
            }
            default -> {
                if (s.type(op) == LoweredSegment.BLOCKING) {
                    awaitStream(stream, issued[stream]);
                }
                idleUntil(host);
                drainAll(s.work(op));
                now += s.work(op);
                signal(s.signals(op), -1, 0);
            }
        }
    }

    /** Only gradient reductions wait for another stream's transfers. */
    private void gate(int stream, int event) {
        if (stream == GRADIENT && event >= 0 && eventStream[event] > 0 && eventStream[event] != stream) {
            gates.add(issued[stream], eventStream[event], eventTarget[event]);
        }
    }

    /** Most segments use few streams, so the loops run over those alone. */
    private void list(int stream) {
        if (!listed[stream]) {
            listed[stream] = true;
            order[used++] = stream;
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

    private void awaitStream(int stream, double wanted) {
        double target = Math.min(wanted, issued[stream]);
        while (target - drained[stream] > 0.5) {
            count();
            double step = shortest(false);
            if (runs[stream]) {
                step = Math.min(step, (target - drained[stream]) / rate(stream, false));
            }
            drain(step, false);
            now += step;
        }
    }

    private void idleUntil(double time) {
        if (time > now) {
            drainAll(time - now);
            now = time;
        }
    }

    private void compute(double work) {
        double left = work;
        while (left >= 0.5 && drains) {
            count();
            if (!drains) {
                break;
            }
            double step = Math.min(left / contention.kernel(), shortest(true));
            drain(step, true);
            now += step;
            left -= step * contention.kernel();
        }
        if (left >= 0.5) {
            now += left;
        }
    }

    /** Drains backlogs for a time in which no kernel runs. */
    private void drainAll(double time) {
        double remaining = time;
        while (remaining >= 0.5 && drains) {
            count();
            double step = Math.min(remaining, shortest(false));
            drain(step, false);
            remaining -= step;
        }
    }

    /** Finds the streams that run and counts them on each fabric; {@link #drains} says whether there is any. */
    private void count() {
        onNetwork = 0;
        onScaleUp = 0;
        for (int i = 0; i < used; i++) {
            int stream = order[i];
            boolean waits = issued[stream] - drained[stream] > 0.5;
            runs[stream] = waits && (stream != GRADIENT || !gates.closed(drained[stream], drained));
            if (!waits) {
                drained[stream] = issued[stream];
            } else if (runs[stream] && network[stream]) {
                onNetwork++;
            } else if (runs[stream]) {
                onScaleUp++;
            }
        }
        drains = onNetwork + onScaleUp > 0;
    }

    private double rate(int stream, boolean besideKernel) {
        return contention.background(stream, besideKernel, Math.max(1, network[stream] ? onNetwork : onScaleUp));
    }

    /** Time until a running backlog has drained, comes to a gate, or opens one. */
    private double shortest(boolean besideKernel) {
        double shortest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < used; i++) {
            int stream = order[i];
            if (runs[stream]) {
                shortest = Math.min(shortest, ahead(stream) / rate(stream, besideKernel));
            }
        }
        return shortest;
    }

    /** Work of a stream up to its end, its next gate, or where it opens one. */
    private double ahead(int stream) {
        double end = stream == GRADIENT
                ? gates.limit(issued[stream], drained)
                : gates.opening(stream, issued[stream], drained);
        return end - drained[stream];
    }

    private void drain(double step, boolean besideKernel) {
        if (step == Double.POSITIVE_INFINITY) {
            return;
        }
        for (int i = 0; i < used; i++) {
            int stream = order[i];
            if (runs[stream]) {
                drained[stream] += step * rate(stream, besideKernel);
            }
        }
    }
}
