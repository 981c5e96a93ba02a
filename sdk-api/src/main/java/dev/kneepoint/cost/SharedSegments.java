package dev.kneepoint.cost;

import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepEmitter;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.List;

/**
 * Estimated durations of segments as {@link SegmentCache} has them, kept from layout to layout as far as these have them
 * in common: units of ops while shapes are equal, passes without data-parallel traffic while chunks are equal too.
 * Reusable and thread-confined.
 */
final class SharedSegments {
    private static final SegmentKind[] KINDS = SegmentKind.values();
    private static final int STEP = SegmentKind.STEP.ordinal();

    private final StepEmitter emitter;
    private final LayoutOps ops = new LayoutOps();
    private final LayoutLowering lowering;
    private final SegmentEstimate estimate;
    private final double spread;
    private final int[] plainest = new int[KINDS.length];
    private int[] firstBlock = {};
    private int[] lastBlock = {};
    private long[] duration = {};
    private long[] work = {};
    private long[] left = {};
    private long[] hop = {};
    /** When a slot was estimated. Passes that are shared have slots of their own, before the others. */
    private long[] stamp = {};

    private int[] slotOf = {};
    private final BackloggedTimes backlogged = new BackloggedTimes();
    private final ChunkTwins twins = new ChunkTwins();
    private List<Integer> chunkLayers = List.of();
    private int stages = 1;
    private int chunks = 1;
    private boolean splitsWeights;
    private boolean plain;
    private long now = 1;
    private long since = 1;
    private boolean kept;
    private double perMicroBatch = -1;
    private long carry;

    SharedSegments(Scenario scenario, OpCost cost, StepEmitter emitter) {
        this.lowering = new LayoutLowering(cost, ops);
        this.emitter = emitter;
        this.spread = scenario.hardware().device().spread();
        this.estimate = new SegmentEstimate(Contention.of(scenario));
    }

    /** A layout of another shape follows: nothing is kept. */
    void forget(Layout next) {
        ops.clear();
        ops.keep(0);
        ops.keep(1);
        lowering.pace(OrderStatistics.pace(spread, next.devices()));
        chunkLayers = List.of();
    }

    /** A layout follows whose micro-batches are like those of the one before. */
    void reset(Layout next) {
        boolean splits = next.strategy().schedule() == PipelineScheduleKind.ZERO_BUBBLE_H1;
        now++;
        perMicroBatch = plain && emitter.leavesPassesAlone() ? perMicroBatch : -1;
        plain = emitter.leavesPassesAlone();
        for (SegmentKind kind : KINDS) {
            plainest[kind.ordinal()] = emitter.plainest(kind).ordinal();
        }
        if (!next.chunkLayers().equals(chunkLayers) || splits != splitsWeights) {
            rechunk(next, splits);
            ops.rewind(0);
            ops.keep(0);
            since = now;
            kept = false;
            perMicroBatch = -1;
        } else {
            ops.rewind(kept ? 1 : 0);
        }
        if (plain && !kept) {
            lowerPlain();
            ops.keep(1);
            kept = true;
        }
    }

    private void rechunk(Layout next, boolean splits) {
        boolean same = next.chunkLayers().equals(chunkLayers);
        chunkLayers = next.chunkLayers();
        stages = next.strategy().pipeline();
        splitsWeights = splits;
        chunks = chunkLayers.size();
        int size = 2 * chunks * KINDS.length;
        if (duration.length < size) {
            firstBlock = new int[size];
            lastBlock = new int[size];
            duration = new long[size];
            work = new long[size];
            left = new long[size];
            hop = new long[size];
            stamp = new long[size];
            slotOf = new int[size];
            backlogged.resize(size);
        }
        if (!same) {
            twins.find(chunkLayers, stages, emitter);
        }
    }

    private void lowerPlain() {
        for (int c = 0; c < chunks; c++) {
            if (twins.ofChunk(c) == c) {
                lowered(c, SegmentKind.FORWARD.ordinal());
                lowered(c, SegmentKind.BACKWARD.ordinal());
                if (splitsWeights) {
                    lowered(c, SegmentKind.WEIGHT.ordinal());
                }
            }
        }
    }

    /** The slot of a segment, estimated unless it is known. */
    private int known(int global, int kind) {
        int slot = lowered(global, kind);
        if (duration[slot] < 0) {
            duration[slot] = Picos.round(estimate.run(ops, firstBlock[slot], lastBlock[slot], 0));
            left[slot] = Picos.round(estimate.carry());
        }
        return slot;
    }

    /** The slot of a segment, lowered unless it is. */
    private int lowered(int global, int kind) {
        boolean shared = plain
                && (kind == SegmentKind.FORWARD.ordinal()
                        || kind == SegmentKind.BACKWARD.ordinal()
                        || kind == SegmentKind.WEIGHT.ordinal());
        int slot = ((shared ? 0 : chunks) + global) * KINDS.length + kind;
        if (stamp[slot] < (shared ? since : now)) {
            firstBlock[slot] = lowering.begin();
            emitter.emit(global % stages, global / stages, KINDS[kind], lowering);
            lastBlock[slot] = ops.endSegment();
            backlogged.forget(slot);
            duration[slot] = -1;
            work[slot] = -1;
            hop[slot] = lowering.sendHop();
            stamp[slot] = now;
        }
        return slot;
    }

    /** Writes what the chunks' segments of a kind take and leave, and says whether any leaves gradients. */
    boolean fill(SegmentKind kind, long[] times, long[] leaves) {
        boolean any = false;
        for (int c = 0; c < chunks; c++) {
            int at = c * KINDS.length + kind.ordinal();
            int slot = twins.ofChunk(c) == c
                    ? known(c, plainest[kind.ordinal()])
                    : slotOf[twins.ofChunk(c) * KINDS.length + kind.ordinal()];
            slotOf[at] = slot;
            times[at] = duration[slot];
            leaves[at] = left[slot];
            any |= left[slot] > 0;
        }
        return any;
    }

    /** Duration of a segment of {@link #fill} that starts with a backlog of gradients. */
    long stretched(int segment, long backlog) {
        return stretchedSlot(slotOf[segment], backlog);
    }

    private long stretchedSlot(int slot, long backlog) {
        if (backlog == 0) {
            carry = left[slot];
            return duration[slot];
        }
        long stretched = backlogged.duration(slot, backlog);
        if (stretched >= 0) {
            carry = backlogged.carry();
            return stretched;
        }
        stretched = Picos.round(estimate.run(ops, firstBlock[slot], lastBlock[slot], backlog));
        carry = Picos.round(estimate.carry());
        backlogged.note(slot, backlog, stretched, carry, estimate.drained());
        return stretched;
    }

    /** Backlog that the segment of the latest call of {@link #stretched} left. */
    long carry() {
        return carry;
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
                longest = Math.max(longest, stretchedSlot(known(stage, STEP), most));
            }
        }
        return longest;
    }

    /** Transfer time of messages between stages: of equal length in one layout. */
    long hop() {
        return chunks == 1 ? 0 : hop[slotOf[SegmentKind.FORWARD_FIRST.ordinal()]];
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
        return duration[slot] + exposure * hop[slot];
    }

    /** Time of a chunk's pass that no layout of this shape avoids. */
    long work(int chunk, SegmentKind kind) {
        int slot = lowered(twins.ofChunk(chunk), kind.ordinal());
        if (work[slot] < 0) {
            work[slot] = UnavoidableWork.of(ops, firstBlock[slot], lastBlock[slot]);
        }
        return work[slot];
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
