package dev.kneepoint.cost;

import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.StepEmitter;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Estimated durations of segments; stages with equal layers share them. A segment that starts with more gradient backlog
 * than it can drain takes the same time whatever the backlog. Reusable and thread-confined.
 */
final class SegmentCache implements SegmentTimes {
    private final StepEmitter emitter;
    private final OpCost ops;
    private final SegmentEstimate estimate;
    private final double spread;
    private final int kinds;
    private @Nullable LoweredSegment[] lowered = {};
    private long[] duration = {};
    private long[] left = {};
    private long[] saturatedDuration = {};
    private long[] saturatedDrain = {};
    private long[] saturatedGrowth = {};
    private int[] twin = {};
    private List<Integer> chunkLayers = List.of();
    private int stages = 1;
    private int chunksPerStage = 1;
    private boolean splitsWeights;
    private boolean carriesOver;
    private long carry;
    private long sendHop;
    private double pace = 1;

    SegmentCache(Scenario scenario, OpCost ops, StepEmitter emitter, int kinds) {
        this.ops = ops;
        this.emitter = emitter;
        this.kinds = kinds;
        this.spread = scenario.hardware().device().spread();
        this.estimate = new SegmentEstimate(Contention.of(scenario));
    }

    void reset(Layout next) {
        chunkLayers = next.chunkLayers();
        stages = next.strategy().pipeline();
        chunksPerStage = next.strategy().virtualStages();
        splitsWeights = next.strategy().schedule() == PipelineScheduleKind.ZERO_BUBBLE_H1;
        int chunks = chunkLayers.size();
        int size = chunks * kinds;
        if (lowered.length < size) {
            lowered = Arrays.copyOf(lowered, size);
            duration = new long[size];
            left = new long[size];
            saturatedDuration = new long[size];
            saturatedDrain = new long[size];
            saturatedGrowth = new long[size];
            twin = new int[chunks];
        }
        Arrays.fill(duration, 0, size, -1);
        Arrays.fill(saturatedDrain, 0, size, Long.MAX_VALUE);
        carriesOver = false;
        pace = OrderStatistics.pace(spread, next.devices());
        for (int i = 0; i < size; i++) {
            LoweredSegment known = lowered[i];
            if (known != null) {
                known.pace(pace);
            }
        }
        for (int c = 0; c < chunks; c++) {
            twin[c] = findTwin(c, chunks);
        }
    }

    /** The first chunk whose segments are the same: neither at an end, with as many layers of each kind. */
    private int findTwin(int chunk, int chunks) {
        int p = stages;
        boolean edge = chunk == 0 || chunk == chunks - 1;
        for (int c = 1; c < chunk && !edge; c++) {
            if (c != chunks - 1
                    && chunkLayers.get(c).equals(chunkLayers.get(chunk))
                    && emitter.denseLayersOf(c) == emitter.denseLayersOf(chunk)
                    && stageLayers(c % p) == stageLayers(chunk % p)
                    && (c % p == 0) == (chunk % p == 0)
                    && (c % p == p - 1) == (chunk % p == p - 1)) {
                return c;
            }
        }
        return chunk;
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
        SegmentKind kind = emitter.plainest(asked);
        int p = stages;
        int global = twin[chunk * p + stage];
        int slot = global * kinds + kind.ordinal();
        LoweredSegment s = lowered[slot];
        if (s == null) {
            s = new LoweredSegment(ops, pace);
            lowered[slot] = s;
        }
        if (duration[slot] < 0) {
            s.clear();
            emitter.emit(global % p, global / p, kind, s);
            duration[slot] = Math.round(estimate.run(s, 0));
            left[slot] = Math.round(estimate.carry());
            carriesOver |= left[slot] > 0 && kind != SegmentKind.BACKWARD_LAST && kind != SegmentKind.WEIGHT_LAST;
        }
        sendHop = s.sendHop();
        if (backlog == 0) {
            carry = left[slot];
            return duration[slot];
        }
        if (backlog >= saturatedDrain[slot]) {
            carry = backlog + saturatedGrowth[slot];
            return saturatedDuration[slot];
        }
        long stretched = Math.round(estimate.run(s, backlog));
        carry = Math.round(estimate.carry());
        if (estimate.drained() < backlog) {
            saturatedDuration[slot] = stretched;
            saturatedDrain[slot] = (long) Math.ceil(estimate.drained());
            saturatedGrowth[slot] = carry - backlog;
        }
        return stretched;
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
