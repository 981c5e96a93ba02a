package dev.kneepoint.backend.engine;

import com.google.common.base.Preconditions;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Collectives and messages between the ranks of a network on data of the caller, which every process has. Confined to one
 * thread at a time.
 */
final class RemoteExchange implements DeviceNumerics.Exchange {
    private final RankNetwork network;
    private final Seats seats;

    RemoteExchange(RankNetwork network, Seats seats) {
        this.network = network;
        this.seats = seats;
    }

    /** Refuses more ranks than all processes have. */
    static void checkRanks(RankNetwork network, int ranks) {
        if (ranks > network.size()) {
            throw new UnsupportedPlanException(ranks + " ranks are more than the " + network.size()
                    + " of all processes: start more, or take at most " + network.size());
        }
    }

    /** What a rank does with its group and buffers. */
    @FunctionalInterface
    private interface Part {
        /** The result of a rank. */
        float[] of(int rank, RankGroup group, DeviceQueue queue, List<DeviceBuffer> lent);
    }

    @Override
    public float[][] collective(CollectiveKind kind, float[][] inputs) {
        int length = DeviceExchange.length(kind, inputs);
        int ranks = inputs.length;
        if (ranks == 1) {
            return new float[][] {inputs[0].clone()};
        }
        return run(ranks, (rank, group, queue, lent) -> {
            DeviceBuffer in = take(rank, lent, inputs[rank].length);
            if (inputs[rank].length > 0) {
                queue.write(in, inputs[rank]);
            }
            int count = DeviceExchange.outputLength(kind, length, rank, ranks);
            DeviceBuffer out = kind == CollectiveKind.ALL_REDUCE ? in : take(rank, lent, count);
            RankGroup.Call call = new RankGroup.Call(
                    kind, DeviceKernels.whole(in), DeviceKernels.whole(out), length, ReductionOp.SUM);
            finish(group.collective(queue, kind.label(), call), queue);
            return count == 0 ? new float[0] : queue.read(out, count);
        });
    }

    private static void finish(DeviceEvent event, DeviceQueue queue) {
        try {
            queue.flush();
            event.await();
        } finally {
            event.release();
        }
    }

    @Override
    public float[] sendReceive(float[] message) {
        if (network.size() == 1 || message.length == 0) {
            return message.clone();
        }
        return run(2, (rank, group, queue, lent) -> {
            DeviceBuffer buffer = take(rank, lent, message.length);
            if (rank == 0) {
                queue.write(buffer, message);
                finish(group.send(queue, "message", 1, DeviceKernels.whole(buffer), message.length), queue);
                return new float[0];
            }
            finish(group.receive(queue, "message", 0, DeviceKernels.whole(buffer), message.length), queue);
            return queue.read(buffer, message.length);
        })[1];
    }

    private DeviceBuffer take(int rank, List<DeviceBuffer> lent, int elements) {
        BufferPool pool = pool(rank);
        DeviceBuffer buffer = pool.take(DataType.FP32, Math.max(1, elements));
        lent.add(buffer);
        return buffer;
    }

    private synchronized BufferPool pool(int rank) {
        return seats.pool(network.local().indexOf(rank));
    }

    /** Runs a part for each of this process's ranks at once, since each may wait for the others, and tells the results. */
    private float[][] run(int ranks, Part part) {
        checkRanks(network, ranks);
        int[] colours = new int[network.size()];
        Arrays.fill(colours, ranks, colours.length, -1);
        Map<Integer, RankGroup> groups = network.split("numerics", colours);
        float[][] out = new float[ranks][];
        RankThreads.run(
                List.copyOf(groups.keySet()),
                rank -> {
                    List<DeviceBuffer> lent = new ArrayList<>();
                    Seat seat = seat(rank);
                    try {
                        out[rank] = part.of(
                                rank,
                                Preconditions.checkNotNull(groups.get(rank)),
                                seat.queue(StreamKind.COMPUTE),
                                lent);
                    } finally {
                        seat.finish();
                        lent.forEach(pool(rank)::give);
                    }
                },
                network::abort);
        return share(out);
    }

    private synchronized Seat seat(int rank) {
        return seats.seat(network.local().indexOf(rank));
    }

    private float[][] share(float[][] own) {
        int bytes = 0;
        for (float[] one : own) {
            bytes += one == null ? 0 : 2 * Integer.BYTES + Float.BYTES * one.length;
        }
        ByteBuffer out = ByteBuffer.allocate(bytes);
        for (int rank = 0; rank < own.length; rank++) {
            if (own[rank] != null) {
                out.putInt(rank).putInt(own[rank].length);
                for (float f : own[rank]) {
                    out.putFloat(f);
                }
            }
        }
        for (byte[] one : network.exchange(out.array(), false)) {
            ByteBuffer in = ByteBuffer.wrap(one);
            while (in.hasRemaining()) {
                int rank = in.getInt();
                float[] values = new float[in.getInt()];
                in.asFloatBuffer().get(values);
                in.position(in.position() + Float.BYTES * values.length);
                own[rank] = values;
            }
        }
        return own;
    }
}
