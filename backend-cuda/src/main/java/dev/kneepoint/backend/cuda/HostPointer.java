package dev.kneepoint.backend.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.Pointer;

/** An address of native memory on the host, as JCuda takes it. Valid as long as the segment is. */
final class HostPointer extends Pointer {
    private HostPointer(long address) {
        super(address);
    }

    static HostPointer of(MemorySegment segment) {
        return new HostPointer(segment.address());
    }
}
