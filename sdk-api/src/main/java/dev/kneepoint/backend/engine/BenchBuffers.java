package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferPattern;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The buffers of one timed transfer, and what is in them. Confined to the backend's thread. */
final class BenchBuffers implements AutoCloseable {
    /** Elements that the host writes or reads at once: whole periods of the pattern. */
    private static final int BLOCK = CollectiveCommands.CHUNK / TransferPattern.PERIOD * TransferPattern.PERIOD;

    private final Seats seats;
    private final TransferCall call;
    private final DataType type;
    private final List<Integer> ranks;
    private final TransferPattern pattern;
    private final List<DeviceBuffer> sent = new ArrayList<>();
    private final List<DeviceBuffer> received = new ArrayList<>();
    private final List<DeviceBuffer> blocks = new ArrayList<>();
    private final List<DeviceBuffer> staging = new ArrayList<>();
    private final List<Runnable> lent = new ArrayList<>();

    /**
     * Buffers of no memory yet.
     *
     * @param ranks numbers of the ranks that have buffers here, by place; everything else here counts places
     */
    BenchBuffers(Seats seats, TransferCall call, DataType type, List<Integer> ranks) {
        this.seats = seats;
        this.ranks = List.copyOf(ranks);
        this.call = call;
        this.type = type;
        this.pattern = new TransferPattern(call);
    }

    private static int block(TransferCall call) {
        return (int) Math.min(BLOCK, Math.max(call.sent(), call.received()));
    }

    private static long staging(boolean direct) {
        return direct ? 1 : CollectiveCommands.CHUNK;
    }

    /** What a rank needs. */
    static long bytes(TransferCall call, boolean direct) {
        return call.type().bytes() * (call.held() + block(call) + staging(direct));
    }

    /** Allocates. */
    void take() {
        for (int r = 0; r < ranks.size(); r++) {
            received.add(take(r, call.inPlace() ? call.held() : call.received()));
            sent.add(call.inPlace() ? received.getLast() : take(r, call.sent()));
            blocks.add(take(r, block(call)));
            staging.add(take(r, staging(seats.direct())));
        }
    }

    private DeviceBuffer take(int rank, long elements) {
        BufferPool pool = seats.pool(rank);
        DeviceBuffer buffer = pool.take(type, elements);
        lent.add(() -> pool.give(buffer));
        return buffer;
    }

    DeviceBuffer staging(int rank) {
        return staging.get(rank);
    }

    /** Where a rank sends from. */
    At in(int rank) {
        return new At(sent.get(rank), call.kind() == TransferKind.ALL_GATHER ? part(rank) : 0);
    }

    /** Where a rank receives. */
    At out(int rank) {
        return new At(received.get(rank), call.kind() == TransferKind.REDUCE_SCATTER ? part(rank) : 0);
    }

    /** Where a rank's part begins in the one buffer that it has. */
    private long part(int place) {
        return call.inPlace() ? ranks.get(place) * call.count() : 0;
    }

    /** Writes what ranks send, and nothing where they receive. */
    void fill() {
        for (int r = 0; r < ranks.size(); r++) {
            fill(r);
        }
    }

    /** The same for one rank. */
    void fill(int place) {
        float[] values = new float[block(call)];
        Arrays.fill(values, TransferPattern.NOTHING);
        long all = call.inPlace() ? call.held() : call.received();
        repeat(place, values, DeviceKernels.whole(received.get(place)), all);
        pattern.send(ranks.get(place), 0, values, 0, values.length);
        repeat(place, values, in(place), call.sent());
    }

    private void repeat(int rank, float[] values, At to, long length) {
        DeviceQueue queue = seats.seat(rank).queue(StreamKind.COMPUTE);
        DeviceBuffer block = blocks.get(rank);
        queue.write(block, values);
        long filled = Math.min(values.length, length);
        queue.copy(DeviceKernels.whole(block), to, filled).release();
        // What is there is whole periods, and twice as long each time.
        while (filled < length) {
            long count = Math.min(filled, length - filled);
            queue.copy(to, CommandChain.plus(to, filled), count).release();
            filled += count;
        }
        queue.finish();
    }

    /** Elements that are not what they must be. */
    long wrong() {
        long wrong = 0;
        for (int r = 0; r < ranks.size(); r++) {
            wrong += wrong(r);
        }
        return wrong;
    }

    /** The same for one rank. */
    long wrong(int place) {
        long wrong = 0;
        DeviceQueue queue = seats.seat(place).queue(StreamKind.COMPUTE);
        DeviceBuffer block = blocks.get(place);
        for (long at = 0; at < call.received(); at += block(call)) {
            int count = (int) Math.min(block(call), call.received() - at);
            queue.copy(CommandChain.plus(out(place), at), DeviceKernels.whole(block), count)
                    .release();
            wrong += pattern.wrong(ranks.get(place), at, queue.read(block, count), 0, count);
        }
        return wrong;
    }

    @Override
    public void close() {
        lent.forEach(Runnable::run);
        lent.clear();
    }
}
