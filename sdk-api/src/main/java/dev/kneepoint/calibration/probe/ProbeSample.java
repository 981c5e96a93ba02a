package dev.kneepoint.calibration.probe;

import dev.kneepoint.plan.Op;

/**
 * A measured op.
 *
 * @param op the op
 * @param ranks ranks that ran it at once
 * @param seconds its time
 * @param gap seconds between its end and the next kernel's start; 0 of a transfer
 */
record ProbeSample(Op op, int ranks, double seconds, double gap) {
    String kind() {
        return ProbeKind.of(op);
    }

    String label() {
        return op.shape();
    }
}
