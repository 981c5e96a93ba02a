package dev.kneepoint.cost;

import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.SlotOrder;
import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The slots of all pipeline stages in an order in which each finds its message sent, as {@link SlotSequence} lists them,
 * made for many walks: what follows from the last micro-batch's gradients stands at the end, messages lie in few places,
 * and checkpoints tell where a walk may find that it goes like another one. Immutable.
 */
final class SlotTape {
    /** Columns of a slot: stage, segment, the place of what it awaits, the place of what it sends or -1. */
    static final int COLUMNS = 4;

    static final int KINDS = SegmentKind.values().length;
    /** The place of a message that is there from the start. */
    private static final int NOTHING = 0;

    private static final int MOST_CHECKPOINTS = 16;

    private final PipelineScheduleKind schedule;
    private final int stages;
    private final int chunks;
    private final int microBatches;

    private int[] slots = new int[256 * COLUMNS];
    private int size;
    private int tail = -1;
    private int places = 1;
    private final int[] checkpoints;
    private final int[][] messages;
    private int passed;
    private int periodStart = -1;
    private int periodEnd = -1;
    private int[] startMessages = {};
    private int[] endMessages = {};
    private boolean repeats;

    /** Lists the slots; {@code period} is the first micro-batch of the round that shows what a micro-batch adds. */
    SlotTape(PipelineScheduleKind schedule, int stages, int chunks, int microBatches, int period) {
        this.schedule = schedule;
        this.stages = stages;
        this.chunks = chunks;
        this.microBatches = microBatches;
        checkpoints = IntStream.concat(
                        IntStream.of(1, stages / 2),
                        IntStream.rangeClosed(1, MOST_CHECKPOINTS).map(round -> round * stages))
                .filter(j -> j >= 1)
                .sorted()
                .distinct()
                .toArray();
        messages = new int[checkpoints.length + 1][];
        new Listing(period).run();
        slots = Arrays.copyOf(slots, size * COLUMNS);
    }

    /** Number of slots. */
    int size() {
        return size;
    }

    int[] slots() {
        return slots;
    }

    /** The first slot that follows from a last micro-batch's gradients. */
    int tail() {
        return tail;
    }

    /** Places for messages. */
    int places() {
        return places;
    }

    /** Checkpoints before the tail. */
    int checkpoints() {
        return passed;
    }

    /** The slot before which a checkpoint lies; the one after the last checkpoint is the tail. */
    int checkpoint(int i) {
        return i == passed ? tail : checkpoints[i];
    }

    /** Places of the messages that are under way at a checkpoint, or at the tail. */
    int[] messages(int checkpoint) {
        return messages[checkpoint];
    }

    /** The slot after the return of the first micro-batch that the period is measured by, or -1. */
    int periodStart() {
        return periodStart;
    }

    /** The slot after the return of a micro-batch one round later, or -1. */
    int periodEnd() {
        return periodEnd;
    }

    /** Places of the messages that are under way at the start of the period. */
    int[] startMessages() {
        return startMessages;
    }

    /** Places of the messages that are under way at its end, in the same order but of later micro-batches. */
    int[] endMessages() {
        return endMessages;
    }

    /** Whether what is done between start and end of the period is what would be done next in a longer step. */
    boolean repeats() {
        return repeats;
    }

    /** What is known only while slots are listed. */
    private final class Listing {
        private final int period;
        private final SlotOrder[] orders = new SlotOrder[stages];
        private final int[] next = new int[stages];
        private final int[] forward;
        private final int[] backward;
        private int[] free = new int[64];
        private int freed;
        /** Direction, chunk and micro-batch of the message in a place. */
        private long[] owner = new long[64];

        private long[] startOwners = {};
        private int[] startNext = {};

        Listing(int period) {
            this.period = period;
            Arrays.setAll(orders, s -> new SlotOrder(schedule, s, stages, chunks, microBatches));
            forward = new int[Math.multiplyExact(stages * chunks, microBatches)];
            backward = new int[forward.length];
        }

        void run() {
            int left = Math.multiplyExact(orders[0].slots(), stages);
            while (size < left) {
                int before = size;
                for (int stage = 0; stage < stages; stage++) {
                    if (next[stage] < orders[stage].slots()) {
                        add(orders[stage]);
                    }
                }
                if (size == before && tail < 0) {
                    tail = size;
                    messages[passed] = underWay();
                } else if (size == before) {
                    throw new IllegalStateException("pipeline schedule " + schedule.label() + " deadlocks with "
                            + stages + " stages, " + chunks + " chunks and " + microBatches + " micro-batches");
                }
            }
        }

        /** Adds the next slot of a stage if its message has been sent and it does not belong to the tail yet. */
        private void add(SlotOrder order) {
            long code = order.code(next[order.stage()]);
            SegmentKind kind = order.kindOf(code);
            boolean last = kind == SegmentKind.BACKWARD_LAST || kind == SegmentKind.WEIGHT_LAST;
            int pass = SlotOrder.passOf(code);
            int microBatch = SlotOrder.microBatchOf(code);
            int global = SlotOrder.chunkOf(code) * stages + order.stage();
            int ends = stages * chunks - 1;
            boolean needs = (pass == 0 && global > 0) || (pass == 1 && global < ends);
            int[] arrivals = pass == 0 ? forward : backward;
            int from = needs ? arrivals[global * microBatches + microBatch] : NOTHING;
            if ((last && tail < 0) || (needs && from == NOTHING)) {
                return;
            }
            int to = -1;
            if (pass == 0 && global < ends) {
                to = place((long) global << 32 | microBatch);
                forward[(global + 1) * microBatches + microBatch] = to;
            } else if (pass == 1 && global > 0) {
                to = place((long) (global + ends) << 32 | microBatch);
                backward[(global - 1) * microBatches + microBatch] = to;
            }
            append(order.stage(), global * KINDS + kind.ordinal(), from, to);
            next[order.stage()]++;
            if (needs) {
                release(from);
            }
            note(pass, microBatch, global, ends);
        }

        private void append(int stage, int segment, int from, int to) {
            int at = size++ * COLUMNS;
            if (at == slots.length) {
                slots = Arrays.copyOf(slots, 2 * at);
            }
            slots[at] = stage;
            slots[at + 1] = segment;
            slots[at + 2] = from;
            slots[at + 3] = to;
        }

        private void note(int pass, int microBatch, int global, int ends) {
            if (tail >= 0) {
                return;
            }
            if (pass == 0 && global == ends && passed < checkpoints.length && microBatch == checkpoints[passed]) {
                messages[passed] = underWay();
                checkpoints[passed++] = size;
            }
            if (pass == 1 && global == 0 && microBatch == period) {
                periodStart = size;
                startMessages = inOrder();
                startOwners = owners(startMessages);
                startNext = next.clone();
            } else if (pass == 1 && global == 0 && microBatch == period + stages && periodStart >= 0) {
                periodEnd = size;
                endMessages = inOrder();
                repeats = repeated();
            }
        }

        private boolean repeated() {
            long[] owners = owners(endMessages);
            boolean same = owners.length == startOwners.length;
            for (int i = 0; i < owners.length && same; i++) {
                same = owners[i] == startOwners[i] + stages;
            }
            int slotsOfRound = orders[0].slots() / microBatches * stages;
            for (int stage = 0; stage < stages && same; stage++) {
                same = next[stage] - startNext[stage] == slotsOfRound;
            }
            return same;
        }

        private int[] inOrder() {
            return Arrays.stream(underWay())
                    .boxed()
                    .sorted(Comparator.comparingLong(place -> owner[place]))
                    .mapToInt(Integer::intValue)
                    .toArray();
        }

        private long[] owners(int[] messagePlaces) {
            return Arrays.stream(messagePlaces).mapToLong(place -> owner[place]).toArray();
        }

        private int place(long message) {
            int place = freed > 0 ? free[--freed] : places++;
            if (place == owner.length) {
                owner = Arrays.copyOf(owner, 2 * place);
            }
            owner[place] = message;
            return place;
        }

        private void release(int place) {
            if (freed == free.length) {
                free = Arrays.copyOf(free, 2 * freed);
            }
            free[freed++] = place;
        }

        private int[] underWay() {
            boolean[] idle = new boolean[places];
            for (int i = 0; i < freed; i++) {
                idle[free[i]] = true;
            }
            return IntStream.range(1, places).filter(p -> !idle[p]).toArray();
        }
    }
}
