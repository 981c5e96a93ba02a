package dev.kneepoint.plan;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * A stretch of a rank program between two points where the rank waits for its pipeline peers: no op of it depends on
 * another segment but through a received message, and every transfer but a gradient reduction has ended with it.
 *
 * @param kind what it does
 * @param chunk local chunk index, 0 to virtual stages - 1
 * @param blocks in issue order
 */
public record Segment(SegmentKind kind, int chunk, List<Block> blocks) {
    /** Copies the blocks. */
    public Segment {
        blocks = ImmutableList.copyOf(blocks);
    }

    /**
     * Operations executed by one run of it.
     *
     * @return a multiply-add counts as two
     */
    public double flops() {
        double sum = 0;
        for (Block b : blocks) {
            for (Op op : b.ops()) {
                sum += op.flops() * b.repeat();
            }
        }
        return sum;
    }
}
