package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.nccl.bindings.ncclUniqueId;
import dev.kneepoint.backend.nccl.bindings.nccl_subset_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * A rank's part in a communicator of NCCL. Its calls put work on a stream of CUDA and return when it is there, or with an
 * exception after the communicator's patience; they never wait for other ranks without looking at the clock. All ranks must
 * make the same calls in the same order. Only {@link #abort} and {@link #asyncError} may be called beside another call.
 *
 * <p>Addresses are of device memory, counts are in elements, streams are a {@code CUstream}, peers and roots are ranks of
 * this communicator.
 */
final class NcclComm implements AutoCloseable {
    private static final int UNKNOWN = -1;

    private final CommHandle handle;
    private volatile int rank;
    private volatile int size;
    private boolean finalizing;

    private NcclComm(CommHandle handle, int rank, int size) {
        this.handle = handle;
        this.rank = rank;
        this.size = size;
    }

    /**
     * Joins a new communicator with the GPU whose context is current. Returns when all ranks have joined; within a group,
     * which one thread needs for several ranks, at the group's end.
     *
     * @param id the same for all ranks
     * @param size number of ranks, at least 1
     * @param rank own number, from 0
     * @param patience for each call, from this one on, also of communicators split from this one
     * @throws NcclException if NCCL fails, or the others do not come
     */
    static NcclComm init(NcclLibrary library, NcclUniqueId id, int size, int rank, NcclPatience patience) {
        if (rank < 0 || rank >= size) {
            throw new IllegalArgumentException("rank must be between 0 and " + (size - 1) + ", not " + rank);
        }
        String call = "ncclCommInitRankConfig of rank " + rank + " of " + size;
        NcclComm comm = new NcclComm(new CommHandle(library, patience, Optional.empty()), rank, size);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment idMemory = ncclUniqueId.allocate(arena);
            id.write(idMemory);
            comm.startWith(
                    nccl_subset_h.ncclCommInitRankConfig(
                            comm.handle.out(), size, idMemory, rank, CommConfig.withoutWaiting(arena)),
                    call);
        }
        return comm;
    }

    private void startWith(int result, String call) {
        try {
            handle.settle(result, call);
        } catch (RuntimeException e) {
            abortAfter(e);
            throw e;
        }
    }

    private void abortAfter(RuntimeException failure) {
        try {
            abort();
        } catch (NcclException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Joins one of the communicators that the ranks of this one fall into. All ranks of this one must call it, or
     * {@link #skipSplit}, and nothing of this one may be under way. Within a group it is there at the group's end.
     *
     * @param color the same for those that come together, from 0
     * @param key orders the ranks of the new one; where keys are equal, the ranks here do
     * @throws NcclException if NCCL fails, or the others do not come
     */
    NcclComm split(int color, int key) {
        if (color < 0) {
            throw new IllegalArgumentException("color must not be negative: " + color);
        }
        CommHandle child = new CommHandle(handle.library(), handle.patience(), Optional.of(handle));
        NcclComm comm = new NcclComm(child, UNKNOWN, UNKNOWN);
        String call = "ncclCommSplit with color " + color;
        try {
            split(color, key, child.out(), call);
        } catch (RuntimeException e) {
            comm.abortAfter(e);
            throw e;
        }
        comm.startWith(NcclResult.SUCCESS, call);
        return comm;
    }

    /** Joins none of the communicators that the other ranks get by {@link #split}. */
    void skipSplit() {
        MemorySegment nowhere = Arena.global().allocate(ValueLayout.ADDRESS);
        split(nccl_subset_h.NCCL_SPLIT_NOCOLOR(), 0, nowhere, "ncclCommSplit without a color");
    }

    private void split(int color, int key, MemorySegment out, String call) {
        long comm = handle.enter(call);
        int result;
        try {
            result = nccl_subset_h.ncclCommSplit(MemorySegment.ofAddress(comm), color, key, out, MemorySegment.NULL);
        } finally {
            handle.release();
        }
        handle.settle(result, call);
    }

    /** Own number in it, from 0. */
    int rank() {
        if (rank == UNKNOWN) {
            rank = handle.ask("ncclCommUserRank");
        }
        return rank;
    }

    /** Number of ranks. */
    int size() {
        if (size == UNKNOWN) {
            size = handle.ask("ncclCommCount");
        }
        return size;
    }

    /** The number of its GPU, as CUDA counts them in this process. */
    int device() {
        return handle.ask("ncclCommCuDevice");
    }

    /** Makes each element of every rank's {@code receive} that of all ranks' {@code send} at its place; in place if equal. */
    void allReduce(long send, long receive, long count, NcclType type, NcclOp op, long stream) {
        handle.settle(
                NcclCalls.allReduce(handle, send, receive, count, type.code(), op.code(), stream), "ncclAllReduce");
    }

    /** The same at one rank only; {@code receive} is read nowhere else. */
    void reduce(long send, long receive, long count, NcclType type, NcclOp op, int root, long stream) {
        handle.settle(
                NcclCalls.reduce(handle, send, receive, count, type.code(), op.code(), root, stream), "ncclReduce");
    }

    /** Copies {@code send} of one rank to {@code receive} of all; {@code send} is read nowhere else. */
    void broadcast(long send, long receive, long count, NcclType type, int root, long stream) {
        handle.settle(NcclCalls.broadcast(handle, send, receive, count, type.code(), root, stream), "ncclBroadcast");
    }

    /**
     * Puts all ranks' {@code send} behind each other, in their order, into every rank's {@code receive}; in place where
     * {@code send} is its own part of that.
     *
     * @param count elements of one rank
     */
    void allGather(long send, long receive, long count, NcclType type, long stream) {
        handle.settle(NcclCalls.allGather(handle, send, receive, count, type.code(), stream), "ncclAllGather");
    }

    /**
     * Reduces and leaves each rank its own part; in place where {@code receive} is its own part of {@code send}.
     *
     * @param count elements that a rank keeps: {@code send} has as many for every rank
     */
    void reduceScatter(long send, long receive, long count, NcclType type, NcclOp op, long stream) {
        handle.settle(
                NcclCalls.reduceScatter(handle, send, receive, count, type.code(), op.code(), stream),
                "ncclReduceScatter");
    }

    /** Sends to a rank that receives as many; its stream stands until that does, unless both stand in one group. */
    void send(long from, long count, NcclType type, int peer, long stream) {
        handle.settle(NcclCalls.send(handle, from, count, type.code(), peer, stream), "ncclSend");
    }

    /** Receives from a rank that sends as many. */
    void recv(long to, long count, NcclType type, int peer, long stream) {
        handle.settle(NcclCalls.recv(handle, to, count, type.code(), peer, stream), "ncclRecv");
    }

    /**
     * What has gone wrong behind the calls, which returned long ago. After a failure only {@link #abort} is of use.
     *
     * @throws NcclException if it was aborted
     */
    Optional<NcclException> asyncError() {
        int state = handle.state();
        return state == NcclResult.SUCCESS || state == NcclResult.IN_PROGRESS
                ? Optional.empty()
                : Optional.of(handle.library().failure(state, "a collective"));
    }

    /**
     * Tells NCCL of memory that it then need not copy from and to.
     *
     * @param bytes at least 1
     * @return what {@link #deregister} takes
     * @throws UnsupportedOperationException without {@link NcclFeature#USER_BUFFERS}
     */
    long register(long address, long bytes) {
        handle.library().require(NcclFeature.USER_BUFFERS);
        MemorySegment comm = MemorySegment.ofAddress(handle.enter("ncclCommRegister"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            handle.library()
                    .check(
                            nccl_subset_h.ncclCommRegister(comm, MemorySegment.ofAddress(address), bytes, out),
                            "ncclCommRegister of " + bytes + " bytes");
            return out.get(ValueLayout.ADDRESS, 0).address();
        } finally {
            handle.release();
        }
    }

    /** Takes back what {@link #register} told. */
    void deregister(long registration) {
        MemorySegment comm = MemorySegment.ofAddress(handle.enter("ncclCommDeregister"));
        try {
            handle.library()
                    .check(
                            nccl_subset_h.ncclCommDeregister(comm, MemorySegment.ofAddress(registration)),
                            "ncclCommDeregister");
        } finally {
            handle.release();
        }
    }

    /**
     * Ends it by force, and whatever it is doing, from any thread; every call of it that is under way ends with an exception.
     * Does nothing where it was aborted or closed before.
     *
     * @throws NcclException if NCCL fails to
     */
    void abort() {
        handle.abort();
    }

    /**
     * Ends it in good order, when all that was put on streams is done. Ranks that one thread closes go together by
     * {@link #closeAll}, since each waits for the others.
     *
     * @throws NcclException if that fails; it is aborted then
     */
    @Override
    public void close() {
        closeAll(List.of(this));
    }

    /** Ends communicators in good order; those of one thread's ranks together. */
    static void closeAll(List<NcclComm> comms) {
        Optional<RuntimeException> first = Optional.empty();
        for (NcclComm comm : comms) {
            first = comm.attempt(first, comm::beginClosing);
        }
        for (NcclComm comm : comms) {
            first = comm.attempt(first, comm.handle::destroy);
        }
        if (first.isPresent()) {
            throw first.get();
        }
    }

    private void beginClosing() {
        if (!finalizing) {
            finalizing = true;
            handle.beginFinalize();
        }
    }

    private Optional<RuntimeException> attempt(Optional<RuntimeException> first, Runnable step) {
        if (handle.isEnded()) {
            return first;
        }
        try {
            step.run();
            return first;
        } catch (RuntimeException e) {
            abortAfter(e);
            first.ifPresent(f -> f.addSuppressed(e));
            return first.or(() -> Optional.of(e));
        }
    }
}
