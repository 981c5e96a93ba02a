package dev.kneepoint.backend.cpu;

import dev.kneepoint.metrics.SegmentTotals;

/**
 * What a rank did in one step.
 *
 * @param classes nanoseconds by class of time
 * @param totals the same by segment
 */
record RankStep(double[] classes, SegmentTotals totals) {}
