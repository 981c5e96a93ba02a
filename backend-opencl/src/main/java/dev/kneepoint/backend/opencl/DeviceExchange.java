package dev.kneepoint.backend.opencl;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jocl.cl_mem;

/** Collectives and messages between the backend's devices on data of the caller. Confined to one thread at a time. */
final class DeviceExchange implements OpenClNumerics.Exchange {
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private final Seats seats;

    DeviceExchange(Seats seats) {
        this.seats = seats;
    }

    @Override
    public float[][] collective(CollectiveKind kind, float[][] inputs) {
        int length = length(kind, inputs);
        int ranks = inputs.length;
        List<cl_mem> lent = new ArrayList<>();
        List<Meeting.Member> members = new ArrayList<>();
        cl_mem[] staging = new cl_mem[ranks];
        try {
            for (int r = 0; r < ranks; r++) {
                cl_mem in = take(lent, inputs[r].length);
                Cl.write(seats.seat(r).queue(StreamKind.COMPUTE), in, inputs[r]);
                cl_mem out = kind == CollectiveKind.ALL_REDUCE ? in : take(lent, outputLength(kind, length, r, ranks));
                staging[r] = take(lent, seats.direct() ? 1 : CollectiveCommands.CHUNK);
                members.add(member(kind, r, length, in, out));
            }
            return run(members, staging, length);
        } finally {
            lent.forEach(seats.pool()::give);
        }
    }

    private cl_mem take(List<cl_mem> lent, long elements) {
        cl_mem buffer = seats.pool().take(elements);
        lent.add(buffer);
        return buffer;
    }

    /** What a rank brings to a collective. */
    Meeting.Member member(CollectiveKind kind, int rank, int length, cl_mem in, cl_mem out) {
        Work work = new Work(kind.label(), StreamKind.TENSOR, List.of(), null);
        return new Meeting.Member(
                rank,
                seats.seat(rank),
                work,
                kind,
                length,
                ClKernels.whole(in),
                ClKernels.whole(out),
                1,
                ClKernels.NOTHING);
    }

    private float[][] run(List<Meeting.Member> members, cl_mem[] staging, int length) {
        int ranks = members.size();
        meet(members, staging);
        float[][] out = new float[ranks][];
        for (Meeting.Member m : members) {
            int count = outputLength(m.kind(), length, m.rank(), ranks);
            out[m.rank()] = count == 0
                    ? new float[0]
                    : Cl.read(m.seat().queue(StreamKind.COMPUTE), m.out().buffer(), count);
        }
        return out;
    }

    /** Runs a collective to its end, {@code staging} by rank where devices do not share the host's memory. */
    void meet(List<Meeting.Member> members, cl_mem[] staging) {
        int ranks = members.size();
        List<Integer> group = IntStream.range(0, ranks).boxed().toList();
        RunControl control = new RunControl(ranks, PATIENCE_NANOS);
        Communicator communicator = new Communicator(
                control,
                members.getFirst().kind().label(),
                group,
                new CollectiveCommands(StreamKind.TENSOR, seats.direct(), (rank, stream) -> staging[rank]));
        for (Meeting.Member m : members) {
            communicator.join(communicator.next(m.rank()), m);
        }
        members.forEach(m -> m.seat().finish());
        members.forEach(m -> m.work().release());
    }

    private static int outputLength(CollectiveKind kind, int length, int rank, int ranks) {
        int part = CollectiveCommands.partAt(length, rank + 1, ranks) - CollectiveCommands.partAt(length, rank, ranks);
        return switch (kind) {
            case ALL_REDUCE, ALL_GATHER, BROADCAST -> length;
            case REDUCE_SCATTER -> part;
            case ALL_TO_ALL -> ranks * part;
        };
    }

    private static int length(CollectiveKind kind, float[][] inputs) {
        if (inputs.length == 0 || inputs.length > OpenClBackend.MAX_RANKS) {
            throw new IllegalArgumentException(
                    "a collective needs inputs of 1 to " + OpenClBackend.MAX_RANKS + " ranks, not " + inputs.length);
        }
        boolean gathers = kind == CollectiveKind.ALL_GATHER;
        int sum = Arrays.stream(inputs).mapToInt(i -> i.length).sum();
        for (int i = 0; i < inputs.length; i++) {
            int expected = gathers
                    ? CollectiveCommands.partAt(sum, i + 1, inputs.length)
                            - CollectiveCommands.partAt(sum, i, inputs.length)
                    : inputs[0].length;
            if (inputs[i].length != expected) {
                throw new IllegalArgumentException("rank " + i + " brings " + inputs[i].length + " elements to "
                        + kind.label() + "; it must bring " + expected);
            }
        }
        return gathers ? sum : inputs[0].length;
    }

    @Override
    public float[] sendReceive(float[] message) {
        cl_command_queue from = seats.seat(0).queue(StreamKind.PIPELINE);
        cl_command_queue to = seats.seat(1).queue(StreamKind.PIPELINE);
        cl_mem sent = seats.pool().take(message.length);
        cl_mem received = seats.pool().take(message.length);
        try {
            Cl.write(from, sent, message);
            cl_event copied = Cl.copy(to, ClKernels.whole(sent), ClKernels.whole(received), message.length);
            float[] out = Cl.read(to, received, message.length);
            Cl.release(copied);
            return out;
        } finally {
            seats.pool().give(sent);
            seats.pool().give(received);
        }
    }
}
