package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Collectives and messages between the backend's devices on data of the caller. Confined to one thread at a time. */
final class DeviceExchange implements DeviceNumerics.Exchange {
    private final DeviceSet devices;
    private final EngineOptions options;
    private final Seats seats;

    DeviceExchange(DeviceSet devices, EngineOptions options, Seats seats) {
        this.devices = devices;
        this.options = options;
        this.seats = seats;
    }

    @Override
    public float[][] collective(CollectiveKind kind, float[][] inputs) {
        int length = length(kind, inputs);
        int ranks = inputs.length;
        List<Runnable> lent = new ArrayList<>();
        List<Meeting.Member> members = new ArrayList<>();
        DeviceBuffer[] staging = new DeviceBuffer[ranks];
        try {
            for (int r = 0; r < ranks; r++) {
                DeviceBuffer in = take(lent, r, DataType.FP32, inputs[r].length);
                seats.seat(r).queue(StreamKind.COMPUTE).write(in, inputs[r]);
                DeviceBuffer out = kind == CollectiveKind.ALL_REDUCE
                        ? in
                        : take(lent, r, DataType.FP32, outputLength(kind, length, r, ranks));
                staging[r] = staging(lent, r, DataType.FP32);
                members.add(member(kind, r, length, in, out));
            }
            return run(members, staging, length);
        } finally {
            lent.forEach(Runnable::run);
        }
    }

    private DeviceBuffer staging(List<Runnable> lent, int rank, DataType type) {
        return take(lent, rank, type, seats.direct() ? 1 : CollectiveCommands.CHUNK);
    }

    private DeviceBuffer take(List<Runnable> lent, int rank, DataType type, long elements) {
        BufferPool pool = seats.pool(rank);
        DeviceBuffer buffer = pool.take(type, elements);
        lent.add(() -> pool.give(buffer));
        return buffer;
    }

    /** Sums buffers in place. */
    void allReduce(List<DeviceBuffer> buffers, int length) {
        List<Runnable> lent = new ArrayList<>();
        List<Meeting.Member> members = new ArrayList<>();
        DeviceBuffer[] staging = new DeviceBuffer[buffers.size()];
        try {
            for (int r = 0; r < staging.length; r++) {
                staging[r] = staging(lent, r, buffers.get(r).type());
                members.add(member(CollectiveKind.ALL_REDUCE, r, length, buffers.get(r), buffers.get(r)));
            }
            meet(members, staging);
        } finally {
            lent.forEach(Runnable::run);
        }
    }

    private Meeting.Member member(CollectiveKind kind, int rank, int length, DeviceBuffer in, DeviceBuffer out) {
        Work work = new Work(kind.label(), StreamKind.TENSOR, List.of(), null);
        return new Meeting.Member(
                rank,
                seats.seat(rank),
                work,
                kind,
                length,
                DeviceKernels.whole(in),
                DeviceKernels.whole(out),
                1,
                DeviceKernels.NOTHING);
    }

    private float[][] run(List<Meeting.Member> members, DeviceBuffer[] staging, int length) {
        int ranks = members.size();
        meet(members, staging);
        float[][] out = new float[ranks][];
        for (Meeting.Member m : members) {
            int count = outputLength(m.kind(), length, m.rank(), ranks);
            out[m.rank()] = count == 0
                    ? new float[0]
                    : m.seat().queue(StreamKind.COMPUTE).read(m.out().buffer(), count);
        }
        return out;
    }

    private void meet(List<Meeting.Member> members, DeviceBuffer[] staging) {
        int ranks = members.size();
        List<Integer> group = IntStream.range(0, ranks).boxed().toList();
        RunControl control = new RunControl(group, options, devices::located);
        LocalCommunicator communicator = new LocalCommunicator(
                control,
                members.getFirst().kind().label(),
                group,
                new CollectiveCommands(StreamKind.TENSOR, seats.direct(), (rank, stream, type) -> staging[rank]));
        try (Cleanup cleanup = new Cleanup()) {
            members.forEach(m -> cleanup.atLast(m.seat()::finish));
            members.forEach(m -> cleanup.atLast(m.work()::release));
            for (Meeting.Member m : members) {
                communicator.join(communicator.next(m.rank()), m);
            }
        }
    }

    /** Elements that a rank gets. */
    static int outputLength(CollectiveKind kind, int length, int rank, int ranks) {
        int part = part(length, rank, ranks);
        return switch (kind) {
            case ALL_REDUCE, ALL_GATHER, BROADCAST -> length;
            case REDUCE_SCATTER -> part;
            case ALL_TO_ALL -> ranks * part;
        };
    }

    private static int part(int length, int rank, int ranks) {
        return (int)
                (CollectiveCommands.partAt(length, rank + 1, ranks) - CollectiveCommands.partAt(length, rank, ranks));
    }

    /** Elements of the whole, once inputs fit each other. */
    static int length(CollectiveKind kind, float[][] inputs) {
        if (inputs.length == 0 || inputs.length > DeviceEngine.MAX_RANKS) {
            throw new IllegalArgumentException(
                    "a collective needs inputs of 1 to " + DeviceEngine.MAX_RANKS + " ranks, not " + inputs.length);
        }
        boolean gathers = kind == CollectiveKind.ALL_GATHER;
        int sum = Arrays.stream(inputs).mapToInt(i -> i.length).sum();
        for (int i = 0; i < inputs.length; i++) {
            int expected = gathers ? part(sum, i, inputs.length) : inputs[0].length;
            if (inputs[i].length != expected) {
                throw new IllegalArgumentException("rank " + i + " brings " + inputs[i].length + " elements to "
                        + kind.label() + "; it must bring " + expected);
            }
        }
        return gathers ? sum : inputs[0].length;
    }

    @Override
    public float[] sendReceive(float[] message) {
        DeviceQueue from = seats.seat(0).queue(StreamKind.PIPELINE);
        DeviceQueue to = seats.seat(1).queue(StreamKind.PIPELINE);
        DeviceBuffer sent = seats.pool(0).take(DataType.FP32, message.length);
        DeviceBuffer received = seats.pool(1).take(DataType.FP32, message.length);
        try {
            from.write(sent, message);
            DeviceEvent copied = to.copy(DeviceKernels.whole(sent), DeviceKernels.whole(received), message.length);
            float[] out = to.read(received, message.length);
            copied.release();
            return out;
        } finally {
            seats.pool(0).give(sent);
            seats.pool(1).give(received);
        }
    }
}
