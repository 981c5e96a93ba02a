package dev.kneepoint.plan;

import dev.kneepoint.strategy.PipelineScheduleKind;

/**
 * The order in which a pipeline stage runs its segments: computed, never stored. A slot is one run of a segment on one
 * micro-batch. Immutable.
 *
 * @param schedule the schedule
 * @param stage this stage, 0 to {@code stages - 1}
 * @param stages pipeline stages
 * @param chunks chunks of layers per stage
 * @param microBatches micro-batches per step
 */
public record SlotOrder(PipelineScheduleKind schedule, int stage, int stages, int chunks, int microBatches) {
    private static final int FORWARD = 0;
    private static final int BACKWARD = 1;
    private static final int WEIGHT = 2;

    /**
     * Slots of one step.
     *
     * @return passes times micro-batches times chunks
     */
    public int slots() {
        int passes = schedule == PipelineScheduleKind.ZERO_BUBBLE_H1 ? 3 : 2;
        return Math.multiplyExact(passes * chunks, microBatches);
    }

    /**
     * Kind of a slot's segment.
     *
     * @param slot 0 to {@link #slots()} - 1
     * @return forward, backward or weight, first and last micro-batches told apart
     */
    public SegmentKind kind(int slot) {
        return kindOf(code(slot));
    }

    /**
     * Kind of a slot's segment.
     *
     * @param code the slot, from {@link #code}
     * @return forward, backward or weight, first and last micro-batches told apart
     */
    public SegmentKind kindOf(long code) {
        int mb = microBatchOf(code);
        return switch (passOf(code)) {
            case FORWARD -> mb == 0 ? SegmentKind.FORWARD_FIRST : SegmentKind.FORWARD;
            case BACKWARD ->
                mb == microBatches - 1 && schedule != PipelineScheduleKind.ZERO_BUBBLE_H1
                        ? SegmentKind.BACKWARD_LAST
                        : SegmentKind.BACKWARD;
            default -> mb == microBatches - 1 ? SegmentKind.WEIGHT_LAST : SegmentKind.WEIGHT;
        };
    }

    /**
     * Local chunk of a slot.
     *
     * @param slot 0 to {@link #slots()} - 1
     * @return 0 to {@link #chunks()} - 1
     */
    public int chunk(int slot) {
        return chunkOf(code(slot));
    }

    /**
     * Micro-batch of a slot.
     *
     * @param slot 0 to {@link #slots()} - 1
     * @return 0 to {@link #microBatches()} - 1
     */
    public int microBatch(int slot) {
        return microBatchOf(code(slot));
    }

    /**
     * A slot as one number, for callers that must not allocate.
     *
     * @param slot 0 to {@link #slots()} - 1
     * @return pass, chunk and micro-batch; read with {@link #passOf}, {@link #chunkOf}, {@link #microBatchOf}
     */
    public long code(int slot) {
        return switch (schedule) {
            case GPIPE -> gpipe(slot);
            case ONE_F_ONE_B, INTERLEAVED -> oneForwardOneBackward(slot);
            case ZERO_BUBBLE_H1 -> zeroBubble(slot);
        };
    }

    /**
     * Pass of a slot code.
     *
     * @param code from {@link #code}
     * @return 0 forward, 1 backward, 2 weight
     */
    public static int passOf(long code) {
        return (int) (code >>> 60);
    }

    /**
     * Chunk of a slot code.
     *
     * @param code from {@link #code}
     * @return the local chunk
     */
    public static int chunkOf(long code) {
        return (int) (code >>> 32) & 0xfffffff;
    }

    /**
     * Micro-batch of a slot code.
     *
     * @param code from {@link #code}
     * @return the micro-batch
     */
    public static int microBatchOf(long code) {
        return (int) code;
    }

    private static long pack(int pass, int chunk, int microBatch) {
        return (long) pass << 60 | (long) chunk << 32 | microBatch;
    }

    private long gpipe(int slot) {
        return slot < microBatches ? pack(FORWARD, 0, slot) : pack(BACKWARD, 0, slot - microBatches);
    }

    /** Warm-up forwards, then one forward and one backward in turn, then the remaining backwards. */
    private long oneForwardOneBackward(int slot) {
        int all = microBatches * chunks;
        int warmup = Math.min(all, warmup());
        if (slot < warmup) {
            return forward(slot);
        }
        int steady = 2 * (all - warmup);
        int i = slot - warmup;
        if (i >= steady) {
            return backward(i - steady + all - warmup);
        }
        return i % 2 == 0 ? forward(warmup + i / 2) : backward(i / 2);
    }

    private int warmup() {
        int ahead = stages - stage - 1;
        return chunks == 1 ? ahead : 2 * ahead + (chunks - 1) * stages;
    }

    /** Chunks go round in groups of as many micro-batches as there are stages (arXiv 2104.04473). */
    private long forward(int index) {
        if (chunks == 1) {
            return pack(FORWARD, 0, index);
        }
        int group = index / (stages * chunks);
        int inside = index % (stages * chunks);
        return pack(FORWARD, inside / stages, group * stages + inside % stages);
    }

    private long backward(int index) {
        if (chunks == 1) {
            return pack(BACKWARD, 0, index);
        }
        int group = index / (stages * chunks);
        int inside = index % (stages * chunks);
        return pack(BACKWARD, chunks - 1 - inside / stages, group * stages + inside % stages);
    }

    /**
     * ZB-H1: as 1F1B, with each weight gradient postponed by {@code stage} micro-batches, so that it fills the bubble of
     * the cool-down without holding more activations than 1F1B's first stage does (arXiv 2401.10241).
     */
    private long zeroBubble(int slot) {
        int warmup = Math.min(microBatches, warmup());
        int delay = Math.min(stage, microBatches);
        if (slot < warmup) {
            return pack(FORWARD, 0, slot);
        }
        int i = slot - warmup;
        int pairs = microBatches - warmup;
        int withoutWeight = Math.min(pairs, delay);
        if (i < 2 * withoutWeight) {
            return i % 2 == 0 ? pack(FORWARD, 0, warmup + i / 2) : pack(BACKWARD, 0, i / 2);
        }
        i -= 2 * withoutWeight;
        int triples = pairs - withoutWeight;
        if (i < 3 * triples) {
            int n = i / 3;
            return switch (i % 3) {
                case 0 -> pack(FORWARD, 0, warmup + withoutWeight + n);
                case 1 -> pack(BACKWARD, 0, withoutWeight + n);
                default -> pack(WEIGHT, 0, n);
            };
        }
        return coolDown(i - 3 * triples, pairs, triples, delay);
    }

    private long coolDown(int i, int backwardsDone, int weightsDone, int delay) {
        int backwardsLeft = microBatches - backwardsDone;
        int held = backwardsDone - weightsDone;
        int alone = Math.min(backwardsLeft, Math.max(0, delay - held));
        if (i < alone) {
            return pack(BACKWARD, 0, backwardsDone + i);
        }
        int j = i - alone;
        int paired = backwardsLeft - alone;
        if (j < 2 * paired) {
            return j % 2 == 0 ? pack(BACKWARD, 0, backwardsDone + alone + j / 2) : pack(WEIGHT, 0, weightsDone + j / 2);
        }
        return pack(WEIGHT, 0, weightsDone + paired + j - 2 * paired);
    }
}
