package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The calls that one rank of a network makes of one transfer. Confined to the rank's thread. */
final class RemoteCalls {
    private final TransferCall call;
    private final int place;
    private final Seat seat;
    private final Optional<RankGroup> group;
    private final BenchBuffers buffers;

    /**
     * Calls of a rank.
     *
     * @param group the ranks that take part, if there are others
     */
    RemoteCalls(TransferCall call, int place, Seat seat, Optional<RankGroup> group, BenchBuffers buffers) {
        this.call = call;
        this.place = place;
        this.seat = seat;
        this.group = group;
        this.buffers = buffers;
    }

    /**
     * Makes calls. Between rounds all ranks look whether anybody was cancelled.
     *
     * @return nanoseconds that they took, from when all ranks were there; empty if any process was cancelled meanwhile
     */
    OptionalLong make(int times, CancellationToken cancellation) {
        long nanos = 0;
        for (int made = 0; made < times; made += BenchRun.ROUND) {
            seat.finish();
            long asked = cancellation.isCancelled() ? 1 : 0;
            if (group.isPresent() ? group.get().max(new long[] {asked})[0] > 0 : asked > 0) {
                return OptionalLong.empty();
            }
            nanos += round(Math.min(BenchRun.ROUND, times - made));
        }
        return OptionalLong.of(nanos);
    }

    private long round(int times) {
        DeviceQueue queue = seat.queue(StreamKind.TENSOR);
        List<DeviceEvent> events = new ArrayList<>();
        long start = System.nanoTime();
        try {
            for (int i = 0; i < times; i++) {
                events.add(group.isPresent() ? once(group.get(), queue) : alone(queue));
            }
            queue.flush();
            queue.finish();
            return System.nanoTime() - start;
        } finally {
            seat.finish();
            DeviceEvent.release(events);
        }
    }

    /** A single rank has what it receives. */
    private DeviceEvent alone(DeviceQueue queue) {
        return buffers.in(place).equals(buffers.out(place))
                ? queue.marker()
                : queue.copy(buffers.in(place), buffers.out(place), call.received());
    }

    private DeviceEvent once(RankGroup others, DeviceQueue queue) {
        String name = call.kind().label();
        Optional<CollectiveKind> kind = call.kind().collective();
        if (kind.isEmpty()) {
            int next = (others.place() + 1) % others.size();
            int before = (others.place() + others.size() - 1) % others.size();
            return others.exchange(queue, name, next, buffers.in(place), before, buffers.out(place), call.count());
        }
        long whole = call.kind() == TransferKind.BROADCAST || kind.get() == CollectiveKind.ALL_REDUCE
                ? call.count()
                : Math.max(call.sent(), call.received());
        return others.collective(
                queue,
                name,
                new RankGroup.Call(kind.get(), buffers.in(place), buffers.out(place), whole, call.reduction()));
    }
}
