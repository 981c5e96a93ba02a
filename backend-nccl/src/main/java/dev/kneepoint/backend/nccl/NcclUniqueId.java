package dev.kneepoint.backend.nccl;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What ranks find each other by: one of them makes it, all start their communicator with it. Who has it can join, so it is a
 * secret of the run. Immutable.
 */
final class NcclUniqueId {
    /** Its size. */
    static final int BYTES = 128;

    private final byte[] bytes;

    private NcclUniqueId(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * The id that another process has made.
     *
     * @param bytes {@value #BYTES}
     */
    static NcclUniqueId of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a unique id of NCCL has " + BYTES + " bytes, not " + bytes.length);
        }
        return new NcclUniqueId(bytes.clone());
    }

    static NcclUniqueId read(MemorySegment from) {
        return new NcclUniqueId(from.asSlice(0, BYTES).toArray(ValueLayout.JAVA_BYTE));
    }

    void write(MemorySegment to) {
        MemorySegment.copy(bytes, 0, to, ValueLayout.JAVA_BYTE, 0, BYTES);
    }

    /** A copy. */
    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NcclUniqueId id && Arrays.equals(bytes, id.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Without the bytes, which are a secret. */
    @Override
    public String toString() {
        return "a unique id of NCCL";
    }
}
