package dev.kneepoint.study;

import dev.kneepoint.metrics.ScalingMetrics;

/** One size of a series: metrics, or why it cannot run. */
public sealed interface StudyPoint {
    /**
     * Devices of the point.
     *
     * @return at least 1
     */
    int devices();

    /**
     * A size that ran.
     *
     * @param devices devices
     * @param strategy the strategy as it ran, micro-batch included, in its text form
     * @param microBatch sequences per micro-batch
     * @param globalBatch sequences per step
     * @param metrics what it gave
     */
    record Ran(int devices, String strategy, int microBatch, int globalBatch, ScalingMetrics metrics)
            implements StudyPoint {}

    /**
     * A size that cannot run.
     *
     * @param devices devices
     * @param reason why, with what would be right, for example {@code needs 93.1 GB, the device has 80 GB}
     */
    record CannotRun(int devices, String reason) implements StudyPoint {}
}
