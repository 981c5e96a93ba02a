package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankMap;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.spi.RankFailedException;
import java.util.List;

/** Links to ranks that are all in this process: a message is a buffer that the receiver copies from. */
final class LocalLinks implements Links {
    private final RankState state;
    private final OpSizes sizes;
    private final LocalFabric fabric;
    private final RankMap map;

    LocalLinks(RankState state, OpSizes sizes, LocalFabric fabric, RankMap map) {
        this.state = state;
        this.sizes = sizes;
        this.fabric = fabric;
        this.map = map;
    }

    @Override
    public Communicator communicator(GroupKind kind, StreamKind stream) {
        return fabric.communicator(kind, map.group(kind, state.rank), stream);
    }

    @Override
    public void send(Op.SendReceive t, int chunk) {
        Ring ring = state.arrays.messages;
        Ring.Lease into = ring.take();
        List<Work> after = state.settled();
        after.addAll(into.after());
        int length = sizes.elements(t.bytes());
        Work work = state.copy(t, state.arrays.input(), into.buffer(), length, after);
        state.log.add(work, true, (long) into.buffer().type().bytes() * length);
        Mailboxes.Address to = new Mailboxes.Address(map.beyond(state.rank, chunk, t.towardsLast()), t.towardsLast());
        fabric.mailboxes().send(to, new Mailboxes.Message(into.buffer(), length, work, ring));
    }

    @Override
    public void receive(Op.SendReceive t, int chunk) {
        int from = map.sender(state.rank, t.towardsLast());
        Mailboxes.Address mine = new Mailboxes.Address(new RankMap.Chunk(state.rank, chunk), t.towardsLast());
        Mailboxes.Message message = fabric.mailboxes().receive(mine, from);
        int expected = sizes.elements(t.bytes());
        if (message.length() != expected) {
            throw new RankFailedException(
                    state.rank,
                    t.name(),
                    "rank " + from + " sent " + message.length() + " elements where " + expected
                            + " are expected; both ends must agree on the size");
        }
        List<Work> after = state.settled();
        after.add(message.sent());
        Work work = state.copy(t, message.buffer(), state.arrays.input(), expected, after);
        state.log.add(work, true, 0);
        message.from().give(message.buffer(), List.of(work));
    }

    @Override
    public long begin(DeviceClock clock, long now) {
        return now;
    }

    @Override
    public long end(long start, long last) {
        return last;
    }
}
