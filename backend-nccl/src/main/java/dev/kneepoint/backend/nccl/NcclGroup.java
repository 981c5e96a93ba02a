package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.nccl.bindings.nccl_subset_h;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Calls of one thread that start together, of one communicator or of several: ranks of one process that one thread calls for,
 * sends and receives that belong together. Groups may be nested; the outermost counts. Confined to the platform thread that
 * began it.
 */
final class NcclGroup implements AutoCloseable {
    private static final ThreadLocal<NcclGroup> OF_THREAD = ThreadLocal.withInitial(NcclGroup::new);

    private final List<CommHandle> members = new ArrayList<>();
    private int depth;
    private Optional<NcclLibrary> library = Optional.empty();

    private NcclGroup() {}

    static NcclGroup begin(NcclLibrary library) {
        library.check(nccl_subset_h.ncclGroupStart(), "ncclGroupStart");
        NcclGroup group = OF_THREAD.get();
        if (group.depth++ == 0 && !group.isOf(library)) {
            group.library = Optional.of(library);
        }
        return group;
    }

    private boolean isOf(NcclLibrary other) {
        return library.isPresent() && library.get() == other;
    }

    /** The group that this thread has open, or an idle one. */
    static NcclGroup ofThread() {
        return OF_THREAD.get();
    }

    boolean isOpen() {
        return depth > 0;
    }

    /** Keeps a communicator in use until the group has ended; whether it still is. */
    boolean add(CommHandle member) {
        if (members.contains(member)) {
            return true;
        }
        return member.hold() && members.add(member);
    }

    /**
     * Starts what was called since the group began, unless an outer group does. Returns when it is on its streams, and
     * communicators are ready to be used.
     *
     * @throws NcclException if a call of the group failed, or none came through within its communicator's patience
     */
    @Override
    public void close() {
        if (depth == 0) {
            throw new IllegalStateException("this group has ended");
        }
        int result = nccl_subset_h.ncclGroupEnd();
        if (--depth > 0) {
            library.orElseThrow().check(result, "ncclGroupEnd");
            return;
        }
        members.forEach(CommHandle::release);
        try {
            settle(result);
        } finally {
            members.clear();
        }
    }

    private void settle(int result) {
        if (result != NcclResult.SUCCESS && result != NcclResult.IN_PROGRESS) {
            throw library.orElseThrow().failure(result, "ncclGroupEnd");
        }
        for (int i = 0; i < members.size(); i++) {
            members.get(i).settle(result, "ncclGroupEnd");
        }
    }
}
