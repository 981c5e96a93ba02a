package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.CudaHost;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.DeviceQueue;
import dev.kneepoint.backend.engine.RankGroup;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/** A rank's communicator. Confined to the rank's thread. */
final class NcclRankGroup implements RankGroup {
    private static final DeviceEvent[] NO_WAITS = {};

    private final String name;
    private final int rank;
    private final NcclComm comm;
    private final NcclLibrary library;
    private final Scratch scratch;
    private final InFlight inFlight;
    private final NcclCollective collectives;

    NcclRankGroup(String name, int rank, NcclComm comm, NcclLibrary library, Scratch scratch, InFlight inFlight) {
        this.name = name + " (group of " + comm.size() + ")";
        this.rank = rank;
        this.comm = comm;
        this.library = library;
        this.scratch = scratch;
        this.inFlight = inFlight;
        this.collectives = new NcclCollective(comm, library);
    }

    int rank() {
        return rank;
    }

    NcclComm comm() {
        return comm;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return comm.size();
    }

    @Override
    public int place() {
        return comm.rank();
    }

    private DeviceEvent enqueue(
            DeviceQueue queue, String op, String kind, long bytes, DeviceEvent[] waits, LongConsumer command) {
        try {
            DeviceEvent event = CudaHost.enqueue(queue, waits, command);
            inFlight.issued(op, name, kind, bytes, event);
            return event;
        } catch (NcclException e) {
            throw e.at(rank, op, name);
        }
    }

    @Override
    public DeviceEvent collective(DeviceQueue queue, String op, Call call, DeviceEvent... waits) {
        long bytes = call.length() * NcclCollective.type(call.in()).bytes();
        return enqueue(queue, op, call.kind().label(), bytes, waits, stream -> collectives.enqueue(call, stream));
    }

    @Override
    public DeviceEvent send(DeviceQueue queue, String op, int to, At from, long elements, DeviceEvent... waits) {
        NcclType type = NcclCollective.type(from);
        long address = CudaHost.address(from);
        return enqueue(
                queue,
                op,
                "send",
                elements * type.bytes(),
                waits,
                stream -> comm.send(address, elements, type, to, stream));
    }

    @Override
    public DeviceEvent receive(DeviceQueue queue, String op, int from, At to, long elements, DeviceEvent... waits) {
        NcclType type = NcclCollective.type(to);
        long address = CudaHost.address(to);
        return enqueue(
                queue,
                op,
                "receive",
                elements * type.bytes(),
                waits,
                stream -> comm.recv(address, elements, type, from, stream));
    }

    @Override
    public DeviceEvent exchange(DeviceQueue queue, String op, int to, At out, int from, At in, long elements) {
        NcclType type = NcclCollective.type(out);
        long sent = CudaHost.address(out);
        long received = CudaHost.address(in);
        return enqueue(queue, op, "exchange", elements * type.bytes(), NO_WAITS, stream -> {
            try (NcclGroup both = library.group()) {
                comm.send(sent, elements, type, to, stream);
                comm.recv(received, elements, type, from, stream);
            }
        });
    }

    /** {@inheritDoc} Ranks compare when everything before has ended. */
    @Override
    public long[] max(long[] mine) {
        inFlight.settled();
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * mine.length).order(ByteOrder.nativeOrder());
        bytes.asLongBuffer().put(mine);
        try {
            byte[] all = scratch.run(
                    bytes.array(),
                    bytes.capacity(),
                    false,
                    (address, stream) ->
                            comm.allReduce(address, address, mine.length, NcclType.INT64, NcclOp.MAX, stream));
            long[] out = new long[mine.length];
            ByteBuffer.wrap(all).order(ByteOrder.nativeOrder()).asLongBuffer().get(out);
            return out;
        } catch (NcclException e) {
            throw e.at(rank, "times", name);
        }
    }

    /**
     * Gives bytes to all ranks of the group.
     *
     * @return by place
     */
    List<byte[]> gather(byte[] mine, boolean patient) {
        try {
            int longest = 0;
            ByteBuffer lengths = ByteBuffer.wrap(gatherEqual(
                            ByteBuffer.allocate(Integer.BYTES)
                                    .order(ByteOrder.nativeOrder())
                                    .putInt(mine.length)
                                    .array(),
                            patient))
                    .order(ByteOrder.nativeOrder());
            for (int i = 0; i < size(); i++) {
                longest = Math.max(longest, lengths.getInt(Integer.BYTES * i));
            }
            byte[] all = gatherEqual(Arrays.copyOf(mine, longest), false);
            List<byte[]> out = new ArrayList<>();
            for (int i = 0; i < size(); i++) {
                int from = i * longest;
                out.add(Arrays.copyOfRange(all, from, from + lengths.getInt(Integer.BYTES * i)));
            }
            return out;
        } catch (NcclException e) {
            throw e.at(rank, "exchange", name);
        }
    }

    private byte[] gatherEqual(byte[] mine, boolean patient) {
        int part = mine.length;
        if (part == 0) {
            return mine;
        }
        int whole = Math.multiplyExact(part, size());
        byte[] both = scratch.run(
                mine,
                part + whole,
                patient,
                (address, stream) -> comm.allGather(address, address + part, part, NcclType.INT8, stream));
        return Arrays.copyOfRange(both, part, part + whole);
    }
}
