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
    private static final double TOLERANCE = 1;
    private static final int IDLE = -1;
    private static final int SEVERAL = -2;

    private final Contention contention;
    private final double[] issued = new double[STREAMS];
    private final double[] drained = new double[STREAMS];
    private final boolean[] network = new boolean[STREAMS];
    private final int[] eventStream = new int[OpEvents.COUNT];
    private final double[] eventTarget = new double[OpEvents.COUNT];
    private final double[] issuedBefore = new double[STREAMS];
    private final double[] drainedBefore = new double[STREAMS];
    private final double[] drainedInRun = new double[STREAMS];
    private final Gates gates = new Gates();
    private final boolean[] runs = new boolean[STREAMS];
    private final int[] order = new int[STREAMS];
    private int used;
    private int listed;
    private int onNetwork;
    private int onScaleUp;
    /** The one stream that has a backlog and nothing to wait for, {@link #IDLE}, or {@link #SEVERAL}. */
    private int only;
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
        latestEnd = 0;
        earlierEnd = 0;
        gates.clear();
        settled = -1;
        issued[GRADIENT] = backlog;
        only = backlog > 0 ? GRADIENT : IDLE;
        used = 0;
        listed = 0;
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
        if (s.repeat(b) == 1) {
            once(s, b);
        } else {
            repeatedly(s, b);
        }
    }

    private void once(LoweredSegment s, int b) {
        host = Math.max(host, earlierEnd);
        int end = s.start(b + 1);
        for (int op = s.start(b); op < end; ) {
            op = s.type(op) == LoweredSegment.KERNEL ? kernels(s, op) : transfer(s, op);
        }
        earlierEnd = latestEnd;
        latestEnd = now;
    }

    private void repeatedly(LoweredSegment s, int b) {
        int left = s.repeat(b);
        double period = -1;
        while (left > 0) {
            double before = now;
            double hostBefore = host;
            System.arraycopy(issued, 0, issuedBefore, 0, STREAMS);
            System.arraycopy(drained, 0, drainedBefore, 0, STREAMS);
            gates.mark(GRADIENT, drained);
            double lead = now - Math.max(host, earlierEnd);
            slack = Double.POSITIVE_INFINITY;
            once(s, b);
            left--;
            boolean again = period >= 0;
            double change = Math.abs(now - before - period);
            period = now - before;
            if (left > 0 && again && gates.repeat(GRADIENT, drained)) {
                double loss = lead - (now - Math.max(host, earlierEnd));
                left -= multiply(alike(left, loss, change), period, host - hostBefore, loss);
            }
            for (int stream = 1; stream < STREAMS; stream++) {
                drainedInRun[stream] = drained[stream] - drainedBefore[stream];
            }
        }
    }

    /**
     * How many of the next runs will go like the latest: it must have found the host as far ahead as they will, or far
     * enough, and backlogs that neither grow nor shrink, or only drift while runs take equal time.
     */
    private double alike(int most, double leadLoss, double change) {
        double alike = most;
        if (slack < 0 ? Math.abs(leadLoss) > TOLERANCE : leadLoss > TOLERANCE) {
            if (slack < 0) {
                return 0;
            }
            alike = Math.min(alike, Math.floor(slack / leadLoss));
        }
        for (int stream = 1; stream < STREAMS; stream++) {
            double backlog = issued[stream] - drained[stream];
            double drift = backlog - (issuedBefore[stream] - drainedBefore[stream]);
            if (Math.abs(drift) > TOLERANCE) {
                double drains = drained[stream] - drainedBefore[stream];
                if (change > TOLERANCE || Math.abs(drains - drainedInRun[stream]) > TOLERANCE) {
                    return 0;
                }
                alike = drift > 0 ? alike : Math.min(alike, Math.floor(backlog / -drift) - 1);
            }
        }
        return alike;
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
            settledDrained += runs * (drained[GRADIENT] - drainedBefore[GRADIENT]);
        }
        for (int event = 0; event < OpEvents.COUNT; event++) {
            int stream = eventStream[event];
            if (stream >= 0 && eventTarget[event] > issuedBefore[stream]) {
                eventTarget[event] += runs * (issued[stream] - issuedBefore[stream]);
            }
        }
        gates.move(runs, GRADIENT, issued, issuedBefore);
        for (int stream = 1; stream < STREAMS; stream++) {
            issued[stream] += runs * (issued[stream] - issuedBefore[stream]);
            drained[stream] += runs * (drained[stream] - drainedBefore[stream]);
        }
        return (int) runs;
    }

    /** Runs the kernels from {@code first} on that nothing separates; returns the op after them. */
    private int kernels(LoweredSegment s, int first) {
        KernelRuns together = s.kernelRuns();
        int end = first + together.length(first);
        settled = -1;
        awaitEvent(s.waits(first));
        slack = Math.min(slack, now - host - together.lead(first));
        if (only == IDLE) {
            now = Math.max(now + together.work(first), host + together.tail(first));
            host += together.host(first);
        } else if (host + together.lead(first) <= now) {
            host += together.host(first);
            compute(together.work(first));
        } else {
            for (int op = first; op < end; op++) {
                host += s.host(op);
                idleUntil(host);
                compute(s.work(op));
            }
        }
        signal(s.signals(end - 1), -1, 0);
        return end;
    }

    private int transfer(LoweredSegment s, int op) {
        host += s.host(op);
        int stream = s.stream(op);
        if (s.type(op) != LoweredSegment.BACKGROUND || stream != GRADIENT) {
            settled = -1;
        }
        if (s.type(op) == LoweredSegment.BACKGROUND) {
            begin(s, op, stream);
        } else {
            if (s.type(op) == LoweredSegment.BLOCKING) {
                awaitStream(stream, issued[stream]);
            }
            slack = Math.min(slack, now - host);
            idleUntil(host);
            drainAll(s.work(op));
            now += s.work(op);
            signal(s.signals(op), -1, 0);
        }
        return op + 1;
    }

    private void begin(LoweredSegment s, int op, int stream) {
        if (stream == GRADIENT && settled < 0) {
            settled = now;
            settledDrained = drained[GRADIENT];
        }
        slack = Math.min(slack, now - host);
        idleUntil(host);
        network[stream] = s.network(op);
        list(stream);
        issued[stream] = Math.max(issued[stream], drained[stream]);
        gate(stream, s.waits(op));
        issued[stream] += s.work(op);
        only = only == IDLE || only == stream ? stream : SEVERAL;
        signal(s.signals(op), stream, issued[stream]);
    }

    /** Only gradient reductions wait for another stream's transfers. */
    private void gate(int stream, int event) {
        if (stream == GRADIENT && event >= 0 && eventStream[event] > 0 && eventStream[event] != stream) {
            gates.add(issued[stream], eventStream[event], eventTarget[event]);
        }
    }

    /** Most segments use few streams, so the loops run over those alone. */
    private void list(int stream) {
        if ((listed & 1 << stream) == 0) {
            listed |= 1 << stream;
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
        while (target - drained[stream] > 0.5 && only != IDLE) {
            if (alone()) {
                double step = target - drained[stream];
                now += step;
                drainAlone(step, 1);
            } else {
                double step = shortest(false);
                if (runs[stream]) {
                    step = Math.min(step, (target - drained[stream]) / rate(stream, false));
                }
                drain(step, false);
                now += step;
            }
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
        while (left >= 0.5 && only != IDLE) {
            if (alone()) {
                double rate = contention.background(only, true, 1);
                double step = Math.min(left / contention.kernel(), (issued[only] - drained[only]) / rate);
                now += step;
                left -= step * contention.kernel();
                drainAlone(step, rate);
            } else if (only != IDLE) {
                double step = Math.min(left / contention.kernel(), shortest(true));
                drain(step, true);
                now += step;
                left -= step * contention.kernel();
            }
        }
        if (left >= 0.5) {
            now += left;
        }
    }

    /** Drains backlogs for a time in which no kernel runs. */
    private void drainAll(double time) {
        double remaining = time;
        while (remaining >= 0.5 && only != IDLE) {
            if (alone()) {
                double step = Math.min(remaining, issued[only] - drained[only]);
                remaining -= step;
                drainAlone(step, 1);
            } else if (only != IDLE) {
                double step = Math.min(remaining, shortest(false));
                drain(step, false);
                remaining -= step;
            }
        }
    }

    /** Whether one stream drains by itself; if not, the streams that run are found and counted. */
    private boolean alone() {
        if (only == SEVERAL || (only == GRADIENT && !gates.none(drained))) {
            count();
        }
        return only >= 0;
    }

    private void drainAlone(double step, double rate) {
        drained[only] += step * rate;
        if (issued[only] - drained[only] <= 0.5) {
            drained[only] = issued[only];
            only = IDLE;
        }
    }

    /** Finds the streams that run and counts them on each fabric. */
    private void count() {
        onNetwork = 0;
        onScaleUp = 0;
        int waiting = 0;
        int latest = IDLE;
        for (int i = 0; i < used; i++) {
            int stream = order[i];
            boolean waits = issued[stream] - drained[stream] > 0.5;
            runs[stream] = waits && (stream != GRADIENT || !gates.closed(drained[stream], drained));
            if (!waits) {
                drained[stream] = issued[stream];
                continue;
            }
            waiting++;
            latest = stream;
            if (runs[stream] && network[stream]) {
                onNetwork++;
            } else if (runs[stream]) {
                onScaleUp++;
            }
        }
        boolean gated = latest == GRADIENT && !gates.none(drained);
        only = onNetwork + onScaleUp == 0 ? IDLE : waiting == 1 && !gated ? latest : SEVERAL;
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
