package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The seats of a backend's ranks, and the buffers that its runs share. Confined to the thread that runs the backend. */
final class Seats implements AutoCloseable {
    private final DeviceSet devices;
    private final Map<DeviceMemory, BufferPool> pools = new IdentityHashMap<>();
    private final List<Seat> seats = new ArrayList<>();
    private boolean closed;

    Seats(DeviceSet devices) {
        this.devices = devices;
    }

    Seat seat(int rank) {
        while (seats.size() <= rank) {
            int next = seats.size();
            seats.add(new Seat(devices.device(next), devices.kernels(next)));
        }
        return seats.get(rank);
    }

    /** What is closed makes no seats anew. */
    void throwIfClosed() {
        if (closed) {
            throw new BackendException("the backend is closed; open it again");
        }
    }

    boolean direct() {
        return devices.direct();
    }

    /** The arrays of a rank, whose number they are filled by. */
    RankArrays arrays(int place, int rank, RankSizes sizes) {
        return new RankArrays(rank, sizes, pool(place), seat(place).queue(StreamKind.COMPUTE));
    }

    /** Releases buffers of earlier runs that do not fit the next one. */
    void expect(List<RankSizes> ranks) {
        Map<BufferPool, Map<Extent, Integer>> wanted = new IdentityHashMap<>();
        pools.values().forEach(p -> wanted.put(p, new HashMap<>()));
        for (int r = 0; r < ranks.size(); r++) {
            Map<Extent, Integer> here = wanted.computeIfAbsent(pool(r), p -> new HashMap<>());
            ranks.get(r).buffers().forEach((extent, count) -> here.merge(extent, count, Integer::sum));
        }
        wanted.forEach(BufferPool::trim);
    }

    /** The buffers of the memory that a rank's device has. */
    BufferPool pool(int rank) {
        return pools.computeIfAbsent(seat(rank).device().memory(), BufferPool::new);
    }

    /** Buffers that the devices hold, lent or free. */
    int buffers() {
        return pools.values().stream().mapToInt(BufferPool::size).sum();
    }

    @Override
    public void close() {
        closed = true;
        try (Cleanup cleanup = new Cleanup()) {
            seats.forEach(seat -> cleanup.then(seat::close));
            seats.clear();
            pools.values().forEach(pool -> cleanup.then(pool::close));
            pools.clear();
        }
    }
}
