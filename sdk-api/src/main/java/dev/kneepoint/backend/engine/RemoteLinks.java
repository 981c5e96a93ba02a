package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.OpSizes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Links to ranks in other processes. Confined to the rank's thread. */
final class RemoteLinks implements Links {
    /** A group of nobody else. */
    private static final Communicator ALONE = new AloneCommunicator();

    /** A buffer that a message is sent from. */
    private record Parcel(DeviceBuffer buffer, Work sending) {}

    private final RankState state;
    private final OpSizes sizes;
    private final int stage;
    private final int stages;
    private final Map<String, RemoteChannel> channels = new LinkedHashMap<>();
    private final Deque<Parcel> sent = new ArrayDeque<>();

    /**
     * Links of a rank.
     *
     * @param groups the rank's groups by name, in the order that all ranks have them in
     */
    RemoteLinks(RankState state, OpSizes sizes, int stage, int stages, Map<String, RankGroup> groups) {
        this.state = state;
        this.sizes = sizes;
        this.stage = stage;
        this.stages = stages;
        groups.forEach((name, group) -> channels.put(name, new RemoteChannel(group)));
    }

    @Override
    public Communicator communicator(GroupKind kind, StreamKind stream) {
        RemoteChannel channel = channels.get(RankSplits.name(kind, stream));
        return channel == null ? ALONE : channel;
    }

    /** Pairs are of two ranks: that of a sender in {@code from}. */
    private RemoteChannel pair(boolean towardsLast, int from) {
        String name = RankSplits.name(towardsLast, from, stages);
        RemoteChannel channel = channels.get(name);
        if (channel == null) {
            throw new IllegalStateException("there are no " + name + " for rank " + state.rank);
        }
        return channel;
    }

    /**
     * {@inheritDoc} The message leaves from a copy, on a queue of its own, so that neither compute nor other messages wait
     * for the receiver.
     */
    @Override
    public void send(Op.SendReceive t, int chunk) {
        RemoteChannel pair = pair(t.towardsLast(), stage);
        DeviceBuffer buffer = parcel();
        int length = sizes.elements(t.bytes());
        Work copied = state.copy(t, state.arrays.input(), buffer, length, state.settled());
        state.log.add(copied, true, 0);
        Work sending = new Work(t.name(), StreamKind.PIPELINE, List.of(copied), pair.nextMessage());
        DeviceQueue queue = state.seat.queue(t.towardsLast() ? "sends towards last" : "sends towards first");
        sending.enqueued(new DeviceEvent[] {
            pair.send(queue, t.name(), DeviceKernels.whole(buffer), length, Work.events(List.of(copied)))
        });
        queue.flush();
        state.log.add(sending, false, (long) buffer.type().bytes() * length);
        sent.add(new Parcel(buffer, sending));
    }

    /** A buffer of no message under way: a message that waited for one would be a schedule's deadlock. */
    private DeviceBuffer parcel() {
        for (int i = sent.size(); i > 0; i--) {
            Parcel oldest = sent.remove();
            if (oldest.sending().last().hasEnded()) {
                return oldest.buffer();
            }
            sent.add(oldest);
        }
        return state.arrays.messages.take().buffer();
    }

    @Override
    public void receive(Op.SendReceive t, int chunk) {
        RemoteChannel pair = pair(t.towardsLast(), Math.floorMod(stage + (t.towardsLast() ? -1 : 1), stages));
        int length = sizes.elements(t.bytes());
        List<Work> after = state.settled();
        Work work = new Work(t.name(), StreamKind.PIPELINE, after, pair.nextMessage());
        DeviceQueue queue = state.seat.queue(t.towardsLast() ? "receives towards last" : "receives towards first");
        work.enqueued(new DeviceEvent[] {
            pair.receive(queue, t.name(), DeviceKernels.whole(state.arrays.input()), length, Work.events(after))
        });
        queue.flush();
        state.log.add(work, true, 0);
        state.blockers.add(work);
    }

    /**
     * {@inheritDoc} That is when a collective of all ended on the rank's device, which is the same moment everywhere but for
     * its own latency; clocks of hosts are not compared.
     */
    @Override
    public long begin(DeviceClock clock, long now) {
        sent.forEach(p -> state.arrays.messages.give(p.buffer(), List.of()));
        sent.clear();
        RemoteChannel all = channels.get(RankSplits.ALL);
        if (all == null) {
            return now;
        }
        DeviceEvent event = all.meet(state.seat.queue(StreamKind.COMPUTE), state.arrays.one);
        try {
            event.await();
            return clock.toHost(event.end());
        } finally {
            event.release();
        }
    }

    @Override
    public long end(long start, long last) {
        channels.values().forEach(channel -> channel.settle(start));
        RemoteChannel all = channels.get(RankSplits.ALL);
        return all == null ? last : start + all.latest(last - start);
    }
}
