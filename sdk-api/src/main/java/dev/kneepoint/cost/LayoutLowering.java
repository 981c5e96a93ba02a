package dev.kneepoint.cost;

import dev.kneepoint.plan.StreamKind;

/** Lowers the segments of a layout one after the other, units that they share once. Reusable and thread-confined. */
final class LayoutLowering extends SegmentLowering {
    private final LayoutOps ops;
    private long sendHop;

    LayoutLowering(OpCost cost, LayoutOps ops) {
        super(cost);
        this.ops = ops;
    }

    /** Begins a segment; returns its first block. */
    int begin() {
        sendHop = 0;
        return ops.beginSegment();
    }

    /** Transfer time of the message that the segment ends with, picoseconds; 0 if it sends nothing. */
    long sendHop() {
        return sendHop;
    }

    @Override
    public void block(String title, int repeat) {
        ops.block(repeat);
    }

    @Override
    public boolean unit(int unit) {
        return ops.unit(unit);
    }

    @Override
    public void unitEnd(int unit) {
        ops.unitEnd(unit);
    }

    @Override
    void take(
            String op,
            byte type,
            StreamKind on,
            long work,
            long host,
            int waits,
            int signals,
            boolean behind,
            boolean across) {
        if (type == LoweredSegment.KERNEL) {
            ops.kernel(waits, signals, work, host);
        } else {
            ops.transfer(type, on.ordinal(), waits, signals, across, work, host);
        }
    }

    @Override
    void take(boolean send, long picos) {
        sendHop = send ? picos : sendHop;
    }
}
