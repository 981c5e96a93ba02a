package dev.kneepoint.backend.nccl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kneepoint.backend.nccl.bindings.nccl_subset_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * NCCL's pointer to a communicator, which nobody may use once it was destroyed or aborted, whichever thread did that.
 * Thread-safe.
 */
final class CommHandle {
    /** Added to the number of users when the end has come. */
    private static final int ENDED = Integer.MIN_VALUE;

    /** Calls that do not wait are soon done; one that hangs all the same comes back by the abort. */
    private static final long GRACE_NANOS = 1_000_000_000L;

    private static final long PAUSE_NANOS = 50_000;
    private static final ThreadLocal<MemorySegment> RESULT =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(JAVA_INT));

    private final NcclLibrary library;
    private final NcclPatience patience;
    private final Optional<CommHandle> parent;

    /** NCCL may write to it when a wait was given up long ago, so that it is never freed. */
    private final MemorySegment out = Arena.global().allocate(ADDRESS);

    private final AtomicInteger users = new AtomicInteger();
    private final IntSupplier state = this::state;
    private volatile boolean ready;
    private volatile boolean aborted;

    /**
     * A handle that NCCL is still to give.
     *
     * @param parent the communicator that it is split from
     */
    CommHandle(NcclLibrary library, NcclPatience patience, Optional<CommHandle> parent) {
        this.library = library;
        this.patience = patience;
        this.parent = parent;
    }

    /** Where NCCL writes the pointer. */
    MemorySegment out() {
        return out;
    }

    NcclLibrary library() {
        return library;
    }

    NcclPatience patience() {
        return patience;
    }

    /**
     * Begins a call; {@link #release} must follow.
     *
     * @return NCCL's pointer
     * @throws NcclException if it was aborted
     * @throws IllegalStateException if it was closed, or is not there yet
     */
    long enter(String call) {
        if (!ready) {
            throw new IllegalStateException("this communicator is not there yet; close its group first");
        }
        if (!hold()) {
            throw ended(call);
        }
        return address();
    }

    private RuntimeException ended(String call) {
        return aborted
                ? NcclException.of(
                        call,
                        NcclResult.INVALID_USAGE,
                        NcclResult.name(NcclResult.INVALID_USAGE),
                        "the communicator was aborted")
                : new IllegalStateException("this communicator is closed");
    }

    private long address() {
        return out.get(JAVA_LONG, 0);
    }

    /** Keeps it from being ended, as long as calls go; whether it is still there. */
    boolean hold() {
        if (users.getAndIncrement() < 0) {
            users.getAndDecrement();
            return false;
        }
        return true;
    }

    void release() {
        users.getAndDecrement();
    }

    /**
     * Sees a call through that has returned, unless a group does that later.
     *
     * @throws NcclException if it failed, or does not come to an end
     */
    void settle(int result, String call) {
        NcclGroup group = NcclGroup.ofThread();
        if (group.isOpen() && (result == NcclResult.SUCCESS || result == NcclResult.IN_PROGRESS)) {
            if (!group.add(this)) {
                throw ended(call);
            }
        } else if (result == NcclResult.IN_PROGRESS || result == NcclResult.SUCCESS && !ready) {
            library.check(patience.await(state, call), call);
            ready = true;
        } else {
            library.check(result, call);
        }
    }

    /** The result of what is under way: of making it, then of what was called last. */
    int state() {
        if (parent.isPresent() && !ready) {
            int before = parent.get().state();
            if (before != NcclResult.SUCCESS) {
                return before;
            }
        }
        if (!hold()) {
            throw ended("ncclCommGetAsyncError");
        }
        try {
            long comm = address();
            if (comm == 0) {
                return NcclResult.IN_PROGRESS;
            }
            MemorySegment result = RESULT.get();
            int answer = NcclCalls.asyncError(comm, result.address());
            return answer == NcclResult.SUCCESS ? result.get(JAVA_INT, 0) : answer;
        } finally {
            release();
        }
    }

    /** A number that NCCL knows of it, by the function that says it. */
    int ask(String call) {
        MemorySegment comm = MemorySegment.ofAddress(enter(call));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            int result = switch (call) {
                case "ncclCommUserRank" -> nccl_subset_h.ncclCommUserRank(comm, out);
                case "ncclCommCount" -> nccl_subset_h.ncclCommCount(comm, out);
                default -> nccl_subset_h.ncclCommCuDevice(comm, out);
            };
            library.check(result, call);
            return out.get(JAVA_INT, 0);
        } finally {
            release();
        }
    }

    /**
     * Ends it by force, with whatever it is doing: once, the first call counts.
     *
     * @throws NcclException if NCCL fails to
     */
    void abort() {
        if (isEnded()) {
            return;
        }
        aborted = true;
        if (end()) {
            long comm = address();
            if (comm != 0) {
                library.check(nccl_subset_h.ncclCommAbort(MemorySegment.ofAddress(comm)), "ncclCommAbort");
            }
        }
    }

    /** Begins to end it in good order, which its other ranks must too. */
    void beginFinalize() {
        MemorySegment comm = MemorySegment.ofAddress(enter("ncclCommFinalize"));
        int result;
        try {
            result = nccl_subset_h.ncclCommFinalize(comm);
        } finally {
            release();
        }
        if (result != NcclResult.IN_PROGRESS) {
            library.check(result, "ncclCommFinalize");
        }
    }

    /** Ends it when what {@link #beginFinalize} began is done. */
    void destroy() {
        library.check(patience.await(state, "ncclCommFinalize"), "ncclCommFinalize");
        MemorySegment comm = MemorySegment.ofAddress(address());
        if (end()) {
            library.check(nccl_subset_h.ncclCommDestroy(comm), "ncclCommDestroy");
        }
    }

    boolean isEnded() {
        return users.get() < 0;
    }

    /** Lets nobody in any more and sees those out who are in; whether this call did. */
    private boolean end() {
        int before = users.getAndUpdate(n -> n < 0 ? n : n + ENDED);
        if (before < 0) {
            return false;
        }
        long start = System.nanoTime();
        while (users.get() != ENDED && System.nanoTime() - start < GRACE_NANOS) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return true;
    }
}
