package dev.kneepoint.cost;

import dev.kneepoint.plan.SegmentKind;

/** Time that no layout with given chunks can do without: kernels and the transfers that block them. Picoseconds. */
final class UnavoidableWork {
    private final SharedSegments segments;

    UnavoidableWork(SharedSegments segments) {
        this.segments = segments;
    }

    /** One micro-batch in all chunks. */
    long ofMicroBatch() {
        long sum = 0;
        for (int c = 0; c < segments.chunks(); c++) {
            sum += forward(c) + backward(c);
        }
        return sum;
    }

    /**
     * What some stage needs at least: to be reached by the first micro-batch, to work on all of them, and, where its last
     * slot is a backward pass, to have the last one return.
     */
    long ofBusiest(int microBatches) {
        long most = 0;
        long reached = 0;
        long returned = 0;
        for (int stage = 0; stage < segments.stages(); stage++) {
            long busy = 0;
            for (int c = stage; c < segments.chunks(); c += segments.stages()) {
                busy += forward(c) + backward(c);
            }
            most = Math.max(most, reached + busy * microBatches + (segments.splitsWeights() ? 0 : returned));
            reached += forward(stage);
            returned += backward(stage);
        }
        return most;
    }

    private long forward(int chunk) {
        return segments.work(chunk, SegmentKind.FORWARD);
    }

    private long backward(int chunk) {
        long inputs = segments.work(chunk, SegmentKind.BACKWARD);
        return inputs + (segments.splitsWeights() ? segments.work(chunk, SegmentKind.WEIGHT) : 0);
    }

    /** Of some blocks: no run of them is quicker than its kernels and blocking transfers, one after the other. */
    static long of(LayoutOps ops, int fromBlock, int toBlock) {
        long sum = 0;
        for (int b = fromBlock; b < toBlock; b++) {
            long once = 0;
            for (int piece = ops.firstPiece(b); piece < ops.lastPiece(b); piece = LayoutOps.nextPiece(piece)) {
                for (int i = ops.firstItem(piece); i < ops.lastItem(piece); i = LayoutOps.nextItem(i)) {
                    once += ops.type(i) == LoweredSegment.BACKGROUND ? 0 : ops.work(i);
                }
            }
            sum += once * ops.repeat(b);
        }
        return sum;
    }
}
