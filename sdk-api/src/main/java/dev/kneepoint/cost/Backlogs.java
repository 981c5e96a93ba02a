package dev.kneepoint.cost;

import dev.kneepoint.plan.StreamKind;
import java.util.Arrays;

/**
 * Background transfers as one backlog per stream, which drain side by side at the rates that sharing and kernels leave
 * them. Work is in picoseconds alone on the machine. Allocation-free, reusable, thread-confined.
 */
final class Backlogs {
    private static final int STREAMS = StreamKind.values().length;
    private static final int GRADIENT = StreamKind.GRADIENT.ordinal();
    private static final double TOLERANCE = 1;
    private static final double DONE = 0.5;
    private static final int IDLE = -1;
    private static final int SEVERAL = -2;

    private final Contention contention;
    private final Gates gates = new Gates();
    private final double[] issued = new double[STREAMS];
    private final double[] drained = new double[STREAMS];
    private final boolean[] network = new boolean[STREAMS];
    private final double[] issuedBefore = new double[STREAMS];
    private final double[] drainedBefore = new double[STREAMS];
    private final double[] drainedInRun = new double[STREAMS];
    private final boolean[] runs = new boolean[STREAMS];
    private final int[] order = new int[STREAMS];
    private int used;
    private int listed;
    private int onNetwork;
    private int onScaleUp;
    /** The one stream that has a backlog and nothing to wait for, {@link #IDLE}, or {@link #SEVERAL}. */
    private int only;

    Backlogs(Contention contention) {
        this.contention = contention;
    }

    /** Forgets all transfers but gradients that an earlier segment left. */
    void start(double gradients) {
        Arrays.fill(issued, 0);
        Arrays.fill(drained, 0);
        gates.clear();
        used = 0;
        listed = 0;
        only = IDLE;
        network[GRADIENT] = true;
        if (gradients > 0) {
            issued[GRADIENT] = gradients;
            only = GRADIENT;
            list(GRADIENT);
        }
    }

    /** Whether nothing is in flight. */
    boolean idle() {
        return only == IDLE;
    }

    /** Work that a stream has been given so far. */
    double issued(int stream) {
        return issued[stream];
    }

    /** Work that a stream has done so far. */
    double drained(int stream) {
        return drained[stream];
    }

    /** Whether a stream still has work. */
    boolean pending(int stream) {
        return issued[stream] - drained[stream] > DONE;
    }

    /** Gives a stream work. */
    void add(int stream, boolean across, double work) {
        network[stream] = across;
        list(stream);
        issued[stream] = Math.max(issued[stream], drained[stream]) + work;
        only = only == IDLE || only == stream ? stream : SEVERAL;
    }

    /** The next work of {@code gated} waits until stream {@code other} has done {@code needed}. */
    void gate(int gated, int other, double needed) {
        gates.add(issued[gated], other, needed);
    }

    /** Most segments use few streams, so the loops run over those alone. */
    private void list(int stream) {
        if ((listed & 1 << stream) == 0) {
            listed |= 1 << stream;
            order[used++] = stream;
        }
    }

    /** Runs the streams until one has done {@code wanted}; returns the time. */
    double await(int stream, double wanted) {
        double target = Math.min(wanted, issued[stream]);
        double time = 0;
        while (target - drained[stream] > DONE && only != IDLE) {
            if (alone()) {
                double step = target - drained[stream];
                time += step;
                drainAlone(step, 1);
            } else {
                double step = shortest(false);
                if (runs[stream]) {
                    step = Math.min(step, (target - drained[stream]) / rate(stream, false));
                }
                drain(step, false);
                time += step;
            }
        }
        return time;
    }

    /** Runs the streams beside a kernel until it is done; returns the time. */
    double beside(double kernel) {
        double left = kernel;
        double time = 0;
        while (left >= DONE && only != IDLE) {
            if (alone()) {
                double rate = contention.background(only, true, 1);
                double step = Math.min(left / contention.kernel(), (issued[only] - drained[only]) / rate);
                time += step;
                left -= step * contention.kernel();
                drainAlone(step, rate);
            } else if (only != IDLE) {
                double step = Math.min(left / contention.kernel(), shortest(true));
                drain(step, true);
                time += step;
                left -= step * contention.kernel();
            }
        }
        return left >= DONE ? time + left : time;
    }

    /** Runs the streams for a time in which no kernel runs. */
    void drain(double time) {
        double remaining = time;
        while (remaining >= DONE && only != IDLE) {
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
        if (issued[only] - drained[only] <= DONE) {
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
            boolean waits = issued[stream] - drained[stream] > DONE;
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

    /** Remembers where the streams stand before a run of a block. */
    void mark() {
        for (int stream = 1; stream < STREAMS; stream++) {
            drainedInRun[stream] = drained[stream] - drainedBefore[stream];
        }
        System.arraycopy(issued, 0, issuedBefore, 0, STREAMS);
        System.arraycopy(drained, 0, drainedBefore, 0, STREAMS);
        gates.mark(GRADIENT, drained);
    }

    /**
     * How many of the next runs will go like the one since {@link #mark}: backlogs must neither grow nor shrink, or only
     * drift while runs take equal time.
     */
    double alike(double most, double change) {
        if (!gates.repeat(GRADIENT, drained)) {
            return 0;
        }
        double alike = most;
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

    /** Work that a stream did since {@link #mark}. */
    double drainedSinceMark(int stream) {
        return drained[stream] - drainedBefore[stream];
    }

    /** By how much a target moves when runs like the one since {@link #mark} are skipped. */
    double shift(int stream, double target, double skipped) {
        return target > issuedBefore[stream] ? skipped * (issued[stream] - issuedBefore[stream]) : 0;
    }

    /** Skips runs that go like the one since {@link #mark}. */
    void multiply(double skipped) {
        gates.move(skipped, GRADIENT, issued, issuedBefore);
        for (int stream = 1; stream < STREAMS; stream++) {
            issued[stream] += skipped * (issued[stream] - issuedBefore[stream]);
            drained[stream] += skipped * (drained[stream] - drainedBefore[stream]);
        }
    }
}
