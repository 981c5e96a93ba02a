package dev.kneepoint.backend.opencl;

import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The seats of a backend's ranks, and the buffers that its runs share. Confined to the thread that runs the backend. */
final class Seats implements AutoCloseable {
    private final ClSession session;
    private final BufferPool pool;
    private final List<Seat> seats = new ArrayList<>();

    Seats(ClSession session) {
        this.session = session;
        this.pool = new BufferPool(session.context());
    }

    Seat seat(int rank) {
        while (seats.size() <= rank) {
            int next = seats.size();
            seats.add(new Seat(session.device(next), session.kernels(next)));
        }
        return seats.get(rank);
    }

    /** Whether a kernel may read the buffers of other ranks: all devices are in the host's memory. */
    boolean direct() {
        return session.devices().stream()
                .allMatch(d -> d.info().hostMemory() && d.info().type() == ClDeviceType.CPU);
    }

    RankArrays arrays(int rank, RankSizes sizes) {
        return new RankArrays(rank, sizes, pool, seat(rank).queue(StreamKind.COMPUTE));
    }

    /** Releases buffers of earlier runs that do not fit the next one. */
    void expect(List<RankSizes> ranks) {
        Map<Long, Integer> wanted = new HashMap<>();
        for (RankSizes sizes : ranks) {
            sizes.buffers().forEach((length, count) -> wanted.merge(length, count, Integer::sum));
        }
        pool.trim(wanted);
    }

    BufferPool pool() {
        return pool;
    }

    @Override
    public void close() {
        seats.forEach(Seat::close);
        seats.clear();
        pool.close();
    }
}
