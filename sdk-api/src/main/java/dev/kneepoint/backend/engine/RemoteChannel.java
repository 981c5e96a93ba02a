package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.spi.ReductionOp;
import java.util.ArrayList;
import java.util.List;

/** What a rank does with a group of a network in a step. Confined to the rank's thread. */
final class RemoteChannel implements Communicator {
    private final RankGroup group;
    private final List<RemoteMeeting> meetings = new ArrayList<>();

    RemoteChannel(RankGroup group) {
        this.group = group;
    }

    @Override
    public int size() {
        return group.size();
    }

    @Override
    public RemoteMeeting next(int rank) {
        return add(false);
    }

    /** The message that the rank is about to send or receive. */
    RemoteMeeting nextMessage() {
        return add(true);
    }

    private RemoteMeeting add(boolean message) {
        RemoteMeeting meeting = new RemoteMeeting(this, message);
        meetings.add(meeting);
        return meeting;
    }

    @Override
    public void join(Meeting meeting, Meeting.Member member) {
        ReductionOp op = member.factor() == 1 ? ReductionOp.SUM : ReductionOp.AVG;
        RankGroup.Call call = new RankGroup.Call(member.kind(), member.in(), member.out(), member.length(), op);
        DeviceQueue queue = member.seat().queue(member.work().stream);
        member.work().enqueued(new DeviceEvent[] {group.collective(queue, member.work().op, call, member.waits())});
        queue.flush();
    }

    @Override
    public long received(Meeting.Member member) {
        return CollectiveCommands.received(member, group.place(), group.size());
    }

    /** Of a pair: the other rank's place. */
    private int other() {
        return 1 - group.place();
    }

    DeviceEvent send(DeviceQueue queue, String op, At from, long elements, DeviceEvent... waits) {
        return group.send(queue, op, other(), from, elements, waits);
    }

    DeviceEvent receive(DeviceQueue queue, String op, At to, long elements, DeviceEvent... waits) {
        return group.receive(queue, op, other(), to, elements, waits);
    }

    /** Waits on the device until all ranks are here. */
    DeviceEvent meet(DeviceQueue queue, DeviceBuffer number) {
        At one = DeviceKernels.whole(number);
        DeviceEvent out = group.collective(
                queue, "begin", new RankGroup.Call(CollectiveKind.ALL_REDUCE, one, one, 1, ReductionOp.AVG));
        queue.flush();
        return out;
    }

    long latest(long mine) {
        return group.max(new long[] {mine})[0];
    }

    /** Tells the others when the rank was ready for what it did here since the last time, and learns it of them. */
    void settle(long start) {
        long[] mine = new long[2 * meetings.size()];
        for (int i = 0; i < meetings.size(); i++) {
            mine[2 * i] = meetings.get(i).ready() - start;
            mine[2 * i + 1] = meetings.get(i).ended() - start;
        }
        if (mine.length > 0) {
            long[] all = group.max(mine);
            for (int i = 0; i < meetings.size(); i++) {
                meetings.get(i).settle(start + all[2 * i], start + all[2 * i + 1]);
            }
        }
        meetings.clear();
    }
}
