package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.OpEvents;
import dev.kneepoint.plan.Overlap;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.OpSizes;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Issues a rank's collectives and messages. Confined to the rank's thread. */
final class Transfers {
    private final RankState state;
    private final RankArrays arrays;
    private final OpSizes sizes;
    private final Links links;
    private final boolean alone;
    private final Map<StreamKind, Work> latest = new EnumMap<>(StreamKind.class);

    /**
     * Transfers of a rank.
     *
     * @param alone whether the others are not there: then nothing is transferred
     */
    Transfers(RankState state, OpSizes sizes, Links links, boolean alone) {
        this.state = state;
        this.arrays = state.arrays;
        this.sizes = sizes;
        this.links = links;
        this.alone = alone;
    }

    /** The buffers of a collective, what must have ended before they are touched, and what it leaves behind. */
    private record Prepared(
            DeviceBuffer in, DeviceBuffer out, float factor, List<Work> after, Optional<DeviceBuffer> weights) {}

    void collective(Op.Collective c) {
        if (alone) {
            ended(c);
            return;
        }
        Communicator group = links.communicator(c.group(), c.stream());
        if (group.size() == 1) {
            ended(c);
            return;
        }
        keepOrder(group, c.stream());
        Prepared p = prepare(c, group.size());
        int length = isNumber(c) ? 1 : sizes.elements(c.bytes());
        List<Work> after = new ArrayList<>(p.after());
        if (c.overlap() != Overlap.PREFETCHED) {
            after.addAll(state.settled());
        }
        state.signals(c.waits()).forEach(s -> after.add(s.work()));
        state.awaitEnqueued(after);
        Meeting meeting = group.next(state.rank);
        Work work = new Work(c.name(), c.stream(), after, meeting);
        Meeting.Member member = new Meeting.Member(
                state.rank,
                state.seat,
                work,
                c.kind(),
                length,
                DeviceKernels.whole(p.in()),
                DeviceKernels.whole(p.out()),
                p.factor(),
                Work.events(after));
        issued(c, work, group.received(member));
        if (c.stream() == StreamKind.CONTEXT) {
            arrays.keysRead(work);
        }
        reduced(c, p, work);
        c.signals().ifPresent(e -> state.signal(e, new EventTable.Signal(work, p.weights())));
        group.join(meeting, member);
    }

    private void ended(Op.Collective c) {
        c.signals()
                .ifPresent(e ->
                        state.signal(e, new EventTable.Signal(Work.ended(c.name(), c.stream()), Optional.empty())));
    }

    /** Another group's collective on the same stream is enqueued before this one, as the plan orders them. */
    private void keepOrder(Communicator group, StreamKind stream) {
        Work before = latest.get(stream);
        if (before != null && before.meeting != null && !before.meeting.isOf(group)) {
            before.awaitEnqueued(state.rank);
        }
    }

    private void issued(Op.Collective c, Work work, long bytes) {
        latest.put(c.stream(), work);
        boolean blocks = c.overlap() == Overlap.BLOCKING;
        state.log.add(work, blocks, bytes);
        if (blocks) {
            state.blockers.add(work);
        } else {
            state.opened(work);
        }
    }

    private Prepared prepare(Op.Collective c, int ranks) {
        return switch (c.stream()) {
            case TENSOR, EXPERT, COMPUTE -> activations(c);
            case CONTEXT -> keys(c);
            case SHARD, GRADIENT, PIPELINE -> weights(c, ranks);
        };
    }

    /** Whether a collective moves activations beside compute, so that compute must not touch what it reads and writes. */
    static boolean isBeside(Op op) {
        if (!(op instanceof Op.Collective c)) {
            return false;
        }
        boolean activations = switch (c.stream()) {
            case TENSOR, EXPERT, COMPUTE -> true;
            case CONTEXT, SHARD, GRADIENT, PIPELINE -> false;
        };
        Optional<String> regathered = Optional.of(OpEvents.name(OpEvents.REGATHERED));
        return activations && (c.overlap() != Overlap.BLOCKING || c.signals().equals(regathered));
    }

    private Prepared activations(Op.Collective c) {
        boolean inPlace = c.kind() == CollectiveKind.ALL_REDUCE;
        if (isBeside(c)) {
            return new Prepared(arrays.saved, inPlace ? arrays.saved : arrays.beside(), 1, List.of(), Optional.empty());
        }
        DeviceBuffer in = arrays.input();
        DeviceBuffer out = inPlace ? in : arrays.output();
        if (!inPlace) {
            arrays.written();
        }
        return new Prepared(in, out, 1, List.of(), Optional.empty());
    }

    private Prepared keys(Op.Collective c) {
        boolean gathers = c.kind() == CollectiveKind.ALL_GATHER;
        DeviceBuffer in = gathers ? arrays.saved : arrays.keyGradients;
        return new Prepared(
                in,
                gathers ? arrays.values : arrays.valueGradients,
                1,
                // What attention reads or wrote must not change under it.
                state.computed(),
                Optional.empty());
    }

    private Prepared weights(Op.Collective c, int ranks) {
        if (c.kind() == CollectiveKind.ALL_GATHER || c.kind() == CollectiveKind.BROADCAST) {
            Ring.Lease into = arrays.takeGathered();
            return new Prepared(arrays.own, into.buffer(), 1, into.after(), Optional.of(into.buffer()));
        }
        if (isNumber(c)) {
            // A norm: a number, which the optimizer does not read.
            return new Prepared(arrays.one, arrays.one, 1f / ranks, state.computed(), Optional.empty());
        }
        List<Work> after = new ArrayList<>(state.computed());
        DeviceBuffer bucket = arrays.handOver(state.blockers);
        if (c.kind() == CollectiveKind.ALL_REDUCE) {
            return new Prepared(bucket, bucket, 1f / ranks, after, Optional.empty());
        }
        Ring.Lease out = arrays.buckets.take();
        after.addAll(out.after());
        return new Prepared(bucket, out.buffer(), 1f / ranks, after, Optional.empty());
    }

    /** Whether it sums a norm, which is single precision whatever arrays are. */
    private static boolean isNumber(Op.Collective c) {
        return isState(c.stream()) && c.kind() == CollectiveKind.ALL_REDUCE && c.bytes() <= Float.BYTES;
    }

    private static boolean isState(StreamKind stream) {
        return switch (stream) {
            case SHARD, GRADIENT, PIPELINE -> true;
            case COMPUTE, TENSOR, CONTEXT, EXPERT -> false;
        };
    }

    /** Data-parallel gradients are what the optimizer reads next; the buckets that they came from are free again. */
    private void reduced(Op.Collective c, Prepared p, Work work) {
        if (!isState(c.stream()) || p.weights().isPresent() || p.in().equals(arrays.one)) {
            return;
        }
        List<Work> before = new ArrayList<>(state.computed());
        before.addAll(arrays.gradientsAfter());
        arrays.gradients(p.out(), List.of(work), before);
        if (!p.in().equals(p.out())) {
            arrays.buckets.give(p.in(), List.of(work));
        }
    }

    void send(Op.SendReceive t, int chunk) {
        if (!alone) {
            links.send(t, chunk);
        }
    }

    void receive(Op.SendReceive t, int chunk) {
        if (!alone) {
            links.receive(t, chunk);
        }
    }
}
