package dev.kneepoint.backend.sim;

import dev.kneepoint.cost.KernelTimes;
import dev.kneepoint.plan.SegmentKind;

/** How long the kernels of a plan take where somebody has measured them. */
@FunctionalInterface
public interface MeasuredKernels {
    /** Nobody has. */
    MeasuredKernels NONE = (stage, chunk, kind) -> KernelTimes.OF_PROFILES;

    /**
     * The kernels of a segment.
     *
     * @param stage from 0
     * @param chunk from 0
     * @param kind what the segment is
     * @return their times
     */
    KernelTimes of(int stage, int chunk, SegmentKind kind);
}
