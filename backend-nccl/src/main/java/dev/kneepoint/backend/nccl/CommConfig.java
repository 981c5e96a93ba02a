package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.nccl.bindings.ncclConfig_t;
import dev.kneepoint.backend.nccl.bindings.nccl_subset_h;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** The settings of communicators. */
final class CommConfig {
    private CommConfig() {}

    /**
     * Those of a communicator whose calls do not wait; all else is NCCL's choice.
     *
     * @param allocator gives memory that is needed until the call has returned: NCCL copies it
     */
    static MemorySegment withoutWaiting(SegmentAllocator allocator) {
        MemorySegment config = ncclConfig_t.allocate(allocator);
        int undefined = nccl_subset_h.NCCL_CONFIG_UNDEF_INT();
        ncclConfig_t.size(config, ncclConfig_t.sizeof());
        ncclConfig_t.magic(config, nccl_subset_h.NCCL_CONFIG_MAGIC());
        ncclConfig_t.version(config, nccl_subset_h.NCCL_CONFIG_VERSION());
        ncclConfig_t.blocking(config, 0);
        ncclConfig_t.cgaClusterSize(config, undefined);
        ncclConfig_t.minCTAs(config, undefined);
        ncclConfig_t.maxCTAs(config, undefined);
        ncclConfig_t.netName(config, MemorySegment.NULL);
        ncclConfig_t.splitShare(config, undefined);
        return config;
    }
}
