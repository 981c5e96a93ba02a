package dev.kneepoint.cost;

import dev.kneepoint.strategy.PipelineScheduleKind;
import java.util.HashMap;
import java.util.Map;

/** Tapes that were made, in bounded memory. Thread-confined. */
final class TapeShelf {
    /** Slots of all tapes; a slot takes 16 bytes. */
    private static final long MOST_KEPT = 1 << 21;

    private final Map<Key, SlotTape> tapes = new HashMap<>();
    private long taped;

    /**
     * What a tape depends on.
     *
     * @param schedule the schedule
     * @param stages pipeline stages
     * @param chunks chunks per stage
     * @param microBatches micro-batches
     * @param later how many more these are than the closed form walks at least
     */
    record Key(PipelineScheduleKind schedule, int stages, int chunks, int microBatches, int later) {
        /** In a longer walk the round that is measured lies well before the end, where stages run dry. */
        private int period() {
            return StepCost.firstMeasured(schedule, stages) + Math.max(0, later - 2 * stages);
        }
    }

    SlotTape get(Key key) {
        SlotTape tape = tapes.get(key);
        if (tape == null) {
            tape = new SlotTape(key.schedule(), key.stages(), key.chunks(), key.microBatches(), key.period());
            taped += tape.size();
            if (taped > MOST_KEPT) {
                tapes.clear();
                taped = tape.size();
            }
            tapes.put(key, tape);
        }
        return tape;
    }
}
