package dev.kneepoint.cost;

import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepEmitter;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.Arrays;
import java.util.List;

/**
 * Estimated durations of segments; stages with equal layers share them. A segment that starts with more gradient backlog
 * than it can drain takes the same time whatever the backlog. Reusable and thread-confined.
 */
final class SegmentCache implements SegmentTimes {
    private static final SegmentKind[] KINDS = SegmentKind.values();

    private final StepEmitter emitter;
    private final LayoutOps ops = new LayoutOps();
    private final LayoutLowering lowering;
    private final SegmentEstimate estimate;
    private final double spread;
    private int[] firstBlock = {};
    private int[] lastBlock = {};
    private long[] duration = {};
    private long[] left = {};
    private long[] saturatedDuration = {};
    private long[] saturatedDrain = {};
    private long[] saturatedGrowth = {};
    private long[] hop = {};
    private long[] latestBacklog = {};
    private long[] latestDuration = {};
    private long[] latestCarry = {};
    private final int[] plainest;
    private int[] twin = {};
    private int[] stageTwin = {};
    private List<Integer> chunkLayers = List.of();
    private int stages = 1;
    private int chunksPerStage = 1;
    private boolean splitsWeights;
    private boolean carriesOver;
    private long carry;
    private long sendHop;

    SegmentCache(Scenario scenario, OpCost cost, StepEmitter emitter) {
        this.lowering = new LayoutLowering(cost, ops);
        this.emitter = emitter;
        this.plainest = new int[KINDS.length];
        this.spread = scenario.hardware().device().spread();
        this.estimate = new SegmentEstimate(Contention.of(scenario));
    }

    void reset(Layout next) {
        chunkLayers = next.chunkLayers();
        stages = next.strategy().pipeline();
        chunksPerStage = next.strategy().virtualStages();
        splitsWeights = next.strategy().schedule() == PipelineScheduleKind.ZERO_BUBBLE_H1;
        int chunks = chunkLayers.size();
        int size = chunks * KINDS.length;
        if (duration.length < size) {
            firstBlock = new int[size];
            lastBlock = new int[size];
            duration = new long[size];
            left = new long[size];
            saturatedDuration = new long[size];
            saturatedDrain = new long[size];
            saturatedGrowth = new long[size];
            hop = new long[size];
            latestBacklog = new long[size];
            latestDuration = new long[size];
            latestCarry = new long[size];
            twin = new int[chunks];
            stageTwin = new int[chunks];
        }
        for (SegmentKind kind : KINDS) {
            plainest[kind.ordinal()] = emitter.plainest(kind).ordinal();
        }
        Arrays.fill(duration, 0, size, -1);
        Arrays.fill(saturatedDrain, 0, size, Long.MAX_VALUE);
        Arrays.fill(latestBacklog, 0, size, -1);
        carriesOver = false;
        ops.clear();
        lowering.pace(OrderStatistics.pace(spread, next.devices()));
        for (int c = 0; c < chunks; c++) {
            twin[c] = findTwin(c, chunks);
        }
        for (int stage = 0; stage < stages; stage++) {
            stageTwin[stage] = findStageTwin(stage);
        }
    }

    /** The first chunk whose passes are the same: neither at an end, with as many layers of each kind. */
    private int findTwin(int chunk, int chunks) {
        if (chunk == 0 || chunk == chunks - 1) {
            return chunk;
        }
        int layers = chunkLayers.get(chunk);
        int dense = emitter.denseLayersOf(chunk);
        for (int c = 1; c < chunk; c++) {
            if (chunkLayers.get(c) == layers && emitter.denseLayersOf(c) == dense) {
                return c;
            }
        }
        return chunk;
    }

    /** The first stage whose optimizer step is the same: not at an end, with as many layers of each kind. */
    private int findStageTwin(int stage) {
        if (stage == 0 || stage == stages - 1) {
            return stage;
        }
        for (int s = 1; s < stage; s++) {
            if (stageLayers(s) == stageLayers(stage) && denseLayers(s) == denseLayers(stage)) {
                return s;
            }
        }
        return stage;
    }

    private int denseLayers(int stage) {
        int layers = 0;
        for (int c = stage; c < chunkLayers.size(); c += stages) {
            layers += emitter.denseLayersOf(c);
        }
        return layers;
    }

    private int stageLayers(int stage) {
        int layers = 0;
        for (int c = stage; c < chunkLayers.size(); c += stages) {
            layers += chunkLayers.get(c);
        }
        return layers;
    }

    @Override
    public long run(int stage, int chunk, SegmentKind asked, long backlog, long start) {
        int kind = plainest[asked.ordinal()];
        int global = asked == SegmentKind.STEP ? stageTwin[stage] : twin[chunk * stages + stage];
        int slot = global * KINDS.length + kind;
        if (duration[slot] < 0) {
            estimate(slot, global, KINDS[kind]);
        }
        sendHop = hop[slot];
        if (backlog == 0) {
            carry = left[slot];
            return duration[slot];
        }
        if (backlog >= saturatedDrain[slot]) {
            carry = backlog + saturatedGrowth[slot];
            return saturatedDuration[slot];
        }
        if (backlog == latestBacklog[slot]) {
            carry = latestCarry[slot];
            return latestDuration[slot];
        }
        long stretched = Picos.round(stretch(slot, backlog));
        carry = Picos.round(estimate.carry());
        latestBacklog[slot] = backlog;
        latestDuration[slot] = stretched;
        latestCarry[slot] = carry;
        if (estimate.drained() < backlog) {
            saturatedDuration[slot] = stretched;
            saturatedDrain[slot] = (long) Math.ceil(estimate.drained());
            saturatedGrowth[slot] = carry - backlog;
        }
        return stretched;
    }

    private void estimate(int slot, int global, SegmentKind kind) {
        firstBlock[slot] = lowering.begin();
        emitter.emit(global % stages, global / stages, kind, lowering);
        lastBlock[slot] = ops.endSegment();
        duration[slot] = Picos.round(stretch(slot, 0));
        left[slot] = Picos.round(estimate.carry());
        hop[slot] = lowering.sendHop();
        carriesOver |= left[slot] > 0 && kind != SegmentKind.BACKWARD_LAST && kind != SegmentKind.WEIGHT_LAST;
    }

    private double stretch(int slot, double backlog) {
        return estimate.run(ops, firstBlock[slot], lastBlock[slot], backlog);
    }

    /** Whether a micro-batch left gradients to the next one, so that micro-batches are not alike. */
    boolean carriesOver() {
        return carriesOver;
    }

    @Override
    public long carry() {
        return carry;
    }

    @Override
    public long sendHop() {
        return sendHop;
    }

    /** Picoseconds that one more micro-batch adds in the steady state: the busiest stage's, passes apart with GPipe. */
    double perMicroBatch(boolean apart, double exposure) {
        double most = 0;
        double mostForward = 0;
        double mostBackward = 0;
        for (int stage = 0; stage < stages; stage++) {
            double forward = 0;
            double backward = 0;
            for (int c = 0; c < chunksPerStage; c++) {
                forward += busy(stage, c, SegmentKind.FORWARD, exposure);
                backward += busy(stage, c, SegmentKind.BACKWARD, exposure);
                if (splitsWeights) {
                    backward += busy(stage, c, SegmentKind.WEIGHT, exposure);
                }
            }
            most = Math.max(most, forward + backward);
            mostForward = Math.max(mostForward, forward);
            mostBackward = Math.max(mostBackward, backward);
        }
        return apart ? mostForward + mostBackward : most;
    }

    private double busy(int stage, int chunk, SegmentKind kind, double exposure) {
        return run(stage, chunk, kind, 0, 0) + exposure * sendHop;
    }
}
