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
    private final TransferPattern pattern;
    private final List<DeviceBuffer> sent = new ArrayList<>();
    private final List<DeviceBuffer> received = new ArrayList<>();
    private final List<DeviceBuffer> blocks = new ArrayList<>();
    private final List<DeviceBuffer> staging = new ArrayList<>();
    private final List<Runnable> lent = new ArrayList<>();

    BenchBuffers(Seats seats, TransferCall call, DataType type) {
        this.seats = seats;
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
        for (int r = 0; r < call.ranks(); r++) {
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
    private long part(int rank) {
        return call.inPlace() ? rank * call.count() : 0;
    }

    /** Writes what ranks send, and nothing where they receive. */
    void fill() {
        for (int r = 0; r < call.ranks(); r++) {
            float[] values = new float[block(call)];
            Arrays.fill(values, TransferPattern.NOTHING);
            long all = call.inPlace() ? call.held() : call.received();
            repeat(r, values, DeviceKernels.whole(received.get(r)), all);
            pattern.send(r, 0, values, 0, values.length);
            repeat(r, values, in(r), call.sent());
        }
    }

    private void repeat(int rank, float[] values, At to, long length) {
        DeviceQueue queue = seats.seat(rank).queue(StreamKind.COMPUTE);
        DeviceBuffer block = blocks.get(rank);
        queue.write(block, values);
        for (long at = 0; at < length; at += values.length) {
            long count = Math.min(values.length, length - at);
            queue.copy(DeviceKernels.whole(block), CommandChain.plus(to, at), count)
                    .release();
        }
        queue.finish();
    }

    /** Elements that are not what they must be. */
    long wrong() {
        long wrong = 0;
        for (int r = 0; r < call.ranks(); r++) {
            DeviceQueue queue = seats.seat(r).queue(StreamKind.COMPUTE);
            for (long at = 0; at < call.received(); at += block(call)) {
                int count = (int) Math.min(block(call), call.received() - at);
                queue.copy(CommandChain.plus(out(r), at), DeviceKernels.whole(blocks.get(r)), count)
                        .release();
                wrong += pattern.wrong(r, at, queue.read(blocks.get(r), count), 0, count);
            }
        }
        return wrong;
    }

    @Override
    public void close() {
        lent.forEach(Runnable::run);
        lent.clear();
    }
}
