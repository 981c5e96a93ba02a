package dev.kneepoint.cost;

import dev.kneepoint.plan.SegmentKind;

/** Durations of segments, as the pipeline clock asks for them. All times are picoseconds. */
public interface SegmentTimes {
    /**
     * Runs one segment.
     *
     * @param stage pipeline stage
     * @param chunk local chunk
     * @param kind the segment
     * @param carry gradient backlog at its start
     * @param start when it starts, for records
     * @return its duration
     */
    long run(int stage, int chunk, SegmentKind kind, long carry, long start);

    /**
     * Gradient backlog that the latest segment left.
     *
     * @return picoseconds alone on the machine
     */
    long carry();

    /**
     * Transfer time of the message that the latest segment sent.
     *
     * @return picoseconds; 0 if it sent nothing
     */
    long sendHop();
}
