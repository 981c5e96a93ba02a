package dev.kneepoint.backend.sim;

import dev.kneepoint.cost.Contention;
import dev.kneepoint.cost.LoweredSegment;
import dev.kneepoint.plan.StreamKind;

/** How fast each stream's running op goes, given what runs beside it. */
final class StreamRates {
    /** Op of the gradient transfers that an earlier segment left. */
    static final int CARRY = -2;

    private static final int COMPUTE = StreamKind.COMPUTE.ordinal();

    private final Contention contention;
    private final StreamQueue[] queues;
    private LoweredSegment segment = new LoweredSegment();
    private boolean kernel;
    private int onNetwork;
    private int onScaleUp;

    StreamRates(Contention contention, StreamQueue[] queues) {
        this.contention = contention;
        this.queues = queues;
    }

    /** Looks at what runs now. */
    void observe(LoweredSegment running) {
        segment = running;
        StreamQueue compute = queues[COMPUTE];
        kernel = compute.running() && segment.type(compute.headOp()) == LoweredSegment.KERNEL;
        onNetwork = 0;
        onScaleUp = 0;
        for (int i = 1; i < queues.length; i++) {
            if (queues[i].running() && network(i)) {
                onNetwork++;
            } else if (queues[i].running()) {
                onScaleUp++;
            }
        }
    }

    /** Whether a kernel runs. */
    boolean kernel() {
        return kernel;
    }

    /** Whether a transfer runs in the background. */
    boolean transfers() {
        return onNetwork + onScaleUp > 0;
    }

    private boolean network(int stream) {
        int op = queues[stream].headOp();
        return op == CARRY || segment.network(op);
    }

    /** Share of its speed alone on the machine that a stream's op has. */
    double of(int stream) {
        if (stream == COMPUTE) {
            return kernel && transfers() ? contention.kernel() : 1;
        }
        return contention.background(stream, kernel, Math.max(1, network(stream) ? onNetwork : onScaleUp));
    }
}
