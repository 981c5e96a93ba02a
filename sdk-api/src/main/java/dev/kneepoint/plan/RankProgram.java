package dev.kneepoint.plan;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * What the ranks of one pipeline stage run in one step: distinct segments, and the order of their runs.
 *
 * @param stage pipeline stage
 * @param ranks ranks that run it
 * @param segments distinct segments; no two of the same kind and chunk
 * @param order order of runs over micro-batches
 */
public record RankProgram(int stage, int ranks, List<Segment> segments, SlotOrder order) {
    /** Copies the segments. */
    public RankProgram {
        segments = ImmutableList.copyOf(segments);
    }

    /**
     * The segment of a kind and chunk.
     *
     * @param kind the kind
     * @param chunk local chunk index
     * @return the segment
     * @throws IllegalArgumentException if the program has none
     */
    public Segment segment(SegmentKind kind, int chunk) {
        for (Segment s : segments) {
            if (s.kind() == kind && s.chunk() == chunk) {
                return s;
            }
        }
        throw new IllegalArgumentException("stage " + stage + " has no " + kind.label() + " segment of chunk " + chunk);
    }

    /**
     * Runs of a segment in one step.
     *
     * @param wanted one of {@link #segments()}
     * @return how often it runs
     */
    public long runs(Segment wanted) {
        if (wanted.kind() == SegmentKind.STEP) {
            return 1;
        }
        long count = 0;
        for (int i = 0; i < order.slots(); i++) {
            if (order.chunk(i) == wanted.chunk() && order.kind(i) == wanted.kind()) {
                count++;
            }
        }
        return count;
    }
}
