package dev.kneepoint.cost;

import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepEmitter;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.List;

/**
 * Estimated durations of segments as {@link SegmentCache} has them, kept from layout to layout while shapes are equal: a
 * segment is what it does, wherever its chunk lies and however many there are. Reusable and thread-confined.
 */
final class SharedSegments {
    private static final SegmentKind[] KINDS = SegmentKind.values();
    private static final int STEP = SegmentKind.STEP.ordinal();

    private final StepEmitter emitter;
    private final LayoutOps ops = new LayoutOps();
    private final LayoutLowering lowering;
    private final SegmentTable table;
    private final double spread;
    private final int[] plainest = new int[KINDS.length];
    private int[] slotOf = {};
    private final ChunkTwins twins = new ChunkTwins();
    private List<Integer> chunkLayers = List.of();
    private int stages = 1;
    private int chunks = 1;
    private boolean splitsWeights;
    private boolean plain;
    private int traffic;
    private boolean passesKnown;
    private double perMicroBatch = -1;

    SharedSegments(Scenario scenario, OpCost cost, StepEmitter emitter) {
        this.lowering = new LayoutLowering(cost, ops);
        this.emitter = emitter;
        this.spread = scenario.hardware().device().spread();
        this.table = new SegmentTable(ops, Contention.of(scenario));
    }

    /** A layout of another shape follows: nothing is kept. */
    void forget(Layout next) {
        table.clear();
        lowering.pace(OrderStatistics.pace(spread, next.devices()));
        chunkLayers = List.of();
    }

    /** A layout follows whose micro-batches are like those of the one before. */
    void reset(Layout next) {
        boolean splits = next.strategy().schedule() == PipelineScheduleKind.ZERO_BUBBLE_H1;
        boolean before = plain;
        plain = emitter.leavesPassesAlone();
        for (SegmentKind kind : KINDS) {
            plainest[kind.ordinal()] = emitter.plainest(kind).ordinal();
        }
        if (!next.chunkLayers().equals(chunkLayers) || splits != splitsWeights) {
            rechunk(next, splits);
            before = false;
        }
        passesKnown &= before && plain;
        perMicroBatch = before && plain ? perMicroBatch : -1;
        traffic = table.traffic(emitter.traffic(), emitter.callsPerByte());
    }

    private void rechunk(Layout next, boolean splits) {
        boolean same = next.chunkLayers().equals(chunkLayers);
        chunkLayers = next.chunkLayers();
        stages = next.strategy().pipeline();
        splitsWeights = splits;
        chunks = chunkLayers.size();
        if (slotOf.length < chunks * KINDS.length) {
            slotOf = new int[chunks * KINDS.length];
        }
        if (!same) {
            twins.find(chunkLayers, stages, emitter);
        }
        table.trim();
    }

    /** The slot of a segment, lowered unless it is known. */
    private int lowered(int global, int kind) {
        boolean shared = plain
                && (kind == SegmentKind.FORWARD.ordinal()
                        || kind == SegmentKind.BACKWARD.ordinal()
                        || kind == SegmentKind.WEIGHT.ordinal());
        boolean step = kind == STEP;
        int layers = step ? twins.layersOfStage(global) : twins.layersOfChunk(global);
        int dense = step ? twins.denseOfStage(global) : twins.denseOfChunk(global);
        boolean ends = global == (step ? stages : chunks) - 1;
        int place = (global == 0 ? 1 : 0) + (ends ? 2 : 0) + (splitsWeights ? 4 : 0);
        int slot = table.find(kind, place, layers, dense, shared ? 0 : traffic);
        if (slot < 0) {
            int from = lowering.begin();
            emitter.emit(global % stages, global / stages, KINDS[kind], lowering);
            slot = table.add(from, ops.endSegment(), lowering.sendHop());
        }
        return slot;
    }

    /** Writes what the chunks' segments of a kind take and leave, and says whether any leaves gradients. */
    boolean fill(SegmentKind kind, long[] times, long[] leaves) {
        boolean any = false;
        for (int c = 0; c < chunks; c++) {
            int at = c * KINDS.length + kind.ordinal();
            int twin = twins.ofChunk(c) * KINDS.length + kind.ordinal();
            if (twin == at) {
                int slot = lowered(c, plainest[kind.ordinal()]);
                slotOf[at] = slot;
                times[at] = table.duration(slot);
                leaves[at] = table.left(slot);
                any |= leaves[at] > 0;
            } else {
                slotOf[at] = slotOf[twin];
                times[at] = times[twin];
                leaves[at] = leaves[twin];
            }
        }
        return any;
    }

    /** Whether ordinary passes are those that {@link #fill} had written when {@link #passesFilled} was called. */
    boolean passesKnown() {
        return passesKnown;
    }

    /** All ordinary passes have been written. */
    void passesFilled() {
        passesKnown = true;
    }

    /** Duration of a segment of {@link #fill} that starts with a backlog of gradients. */
    long stretched(int segment, long backlog) {
        return table.stretched(slotOf[segment], backlog);
    }

    /** Backlog that the segment of the latest call of {@link #stretched} left. */
    long carry() {
        return table.carry();
    }

    /**
     * The longest optimizer step. Stages with equal layers differ in their backlog alone, and more of it does not make a
     * step quicker.
     *
     * @param backlogs of the stages
     * @return picoseconds
     */
    long step(long[] backlogs) {
        long longest = 0;
        for (int stage = 0; stage < stages; stage++) {
            if (twins.ofStage(stage) == stage) {
                long most = backlogs[stage];
                for (int other = stage + 1; other < stages; other++) {
                    most = twins.ofStage(other) == stage ? Math.max(most, backlogs[other]) : most;
                }
                longest = Math.max(longest, table.stretched(lowered(stage, STEP), most));
            }
        }
        return longest;
    }

    /** Transfer time of messages between stages: of equal length in one layout. */
    long hop() {
        return chunks == 1 ? 0 : table.hop(slotOf[SegmentKind.FORWARD_FIRST.ordinal()]);
    }

    /** Picoseconds that one more micro-batch adds in the steady state: the busiest stage's, passes apart with GPipe. */
    double perMicroBatch(boolean apart, double exposure) {
        if (perMicroBatch >= 0 && !apart) {
            return perMicroBatch;
        }
        double most = 0;
        double mostForward = 0;
        double mostBackward = 0;
        for (int stage = 0; stage < stages; stage++) {
            double forward = 0;
            double backward = 0;
            for (int c = stage; c < chunks; c += stages) {
                forward += busy(c, SegmentKind.FORWARD, exposure);
                backward += busy(c, SegmentKind.BACKWARD, exposure);
                if (splitsWeights) {
                    backward += busy(c, SegmentKind.WEIGHT, exposure);
                }
            }
            most = Math.max(most, forward + backward);
            mostForward = Math.max(mostForward, forward);
            mostBackward = Math.max(mostBackward, backward);
        }
        perMicroBatch = apart ? perMicroBatch : most;
        return apart ? mostForward + mostBackward : most;
    }

    private double busy(int chunk, SegmentKind kind, double exposure) {
        int slot = slotOf[chunk * KINDS.length + kind.ordinal()];
        return table.duration(slot) + exposure * table.hop(slot);
    }

    /** Time of a chunk's pass that no layout of this shape avoids. */
    long work(int chunk, SegmentKind kind) {
        return table.work(lowered(twins.ofChunk(chunk), kind.ordinal()));
    }

    /** Whether ordinary passes do not depend on the data kind. */
    boolean plain() {
        return plain;
    }

    int chunks() {
        return chunks;
    }

    int stages() {
        return stages;
    }

    boolean splitsWeights() {
        return splitsWeights;
    }
}
