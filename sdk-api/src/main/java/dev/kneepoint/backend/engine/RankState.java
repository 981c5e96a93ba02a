package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.List;

/** What a rank has issued in the current step and what its next ops have to wait for. Confined to the rank's thread. */
final class RankState {
    final int rank;
    /** Where it stands among the ranks of this process. */
    final int place;

    final Seat seat;
    final RankArrays arrays;
    final StepLog log = new StepLog();
    final EventTable events = new EventTable();
    /** What the next compute op waits for besides its events. */
    final List<Work> blockers = new ArrayList<>();

    /** Transfers that compute has not been made to wait for. */
    private final List<Work> open = new ArrayList<>();

    private List<Work> computed = List.of();

    RankState(int rank, int place, Seat seat, RankArrays arrays) {
        this.rank = rank;
        this.place = place;
        this.seat = seat;
        this.arrays = arrays;
    }

    void beginStep() {
        events.clear();
        blockers.clear();
        open.clear();
        computed = List.of();
    }

    void beginSegment() {
        arrays.dropGathered(computed);
        for (EventTable.Signal gone : events.beginSegment()) {
            unused(gone);
        }
    }

    /** A work signals an event; weights that were gathered for it before and never used go back. */
    void signal(String event, EventTable.Signal signal) {
        EventTable.Signal before = events.get(event);
        if (before != null) {
            unused(before);
        }
        events.signal(event, signal);
    }

    private void unused(EventTable.Signal signal) {
        signal.weights().ifPresent(w -> arrays.unused(w, List.of(signal.work())));
    }

    /** The latest compute op, after which all before it have ended too; empty if there is none. */
    List<Work> computed() {
        return computed;
    }

    void computed(Work work) {
        computed = List.of(work);
    }

    /** Everything that has to have ended before anything issued now may touch the rank's current arrays. */
    List<Work> settled() {
        List<Work> out = new ArrayList<>(computed);
        out.addAll(blockers);
        return out;
    }

    void opened(Work transfer) {
        open.add(transfer);
    }

    /** Makes compute wait for the transfers of a segment, or of the step if gradients count too. */
    void drain(boolean gradients) {
        List<Work> drained = open.stream()
                .filter(w -> gradients || w.stream != StreamKind.GRADIENT)
                .toList();
        drained.forEach(log::drained);
        blockers.addAll(drained);
        open.removeAll(drained);
    }

    /**
     * The latest signals of events, without those that nothing has signalled.
     *
     * @param names what an op waits for
     */
    List<EventTable.Signal> signals(List<String> names) {
        List<EventTable.Signal> out = new ArrayList<>();
        for (String name : names) {
            EventTable.Signal signal = events.get(name);
            if (signal != null) {
                out.add(signal);
            }
        }
        return out;
    }

    /** Waits on the host until all commands that were asked of other ranks are enqueued. */
    void awaitEnqueued(List<Work> works) {
        works.forEach(w -> w.awaitEnqueued(rank));
    }

    /** Copies a message on the pipeline's queue; compute that is issued after it waits for it. */
    Work copy(Op.SendReceive t, DeviceBuffer from, DeviceBuffer to, int length, List<Work> after) {
        awaitEnqueued(after);
        DeviceQueue queue = seat.queue(StreamKind.PIPELINE);
        Work work = new Work(t.name(), StreamKind.PIPELINE, after, null);
        work.enqueued(new DeviceEvent[] {
            queue.copy(DeviceKernels.whole(from), DeviceKernels.whole(to), length, Work.events(after))
        });
        queue.flush();
        blockers.add(work);
        return work;
    }
}
