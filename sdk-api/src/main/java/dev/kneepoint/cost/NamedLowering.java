package dev.kneepoint.cost;

import dev.kneepoint.plan.StreamKind;

/** Lowers one segment op by op, with names. Thread-confined. */
final class NamedLowering extends SegmentLowering {
    private final LoweredSegment segment;
    private final KernelTimes kernels;

    NamedLowering(OpCost cost, KernelTimes kernels, LoweredSegment segment) {
        super(cost);
        this.kernels = kernels;
        this.segment = segment;
    }

    @Override
    double kernelSeconds(String op, double simulated) {
        return kernels.seconds(op, simulated);
    }

    @Override
    public void block(String title, int repeat) {
        segment.begin(title, repeat);
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
        segment.add(op, type, on.ordinal(), waits, signals, behind, across, work, host);
    }

    @Override
    void take(boolean send, long picos) {
        if (send) {
            segment.sends(picos);
        } else {
            segment.receives(picos);
        }
    }
}
