package dev.kneepoint.backend.nccl;

/** What not every version of NCCL has. */
enum NcclFeature {
    /** Communicators with settings, among them those whose calls do not wait. */
    CONFIG(2, 14),
    /** Communicators made of parts of another. */
    SPLIT(2, 18),
    /** Memory that NCCL allocates or is told of, and then need not copy. */
    USER_BUFFERS(2, 19),
    /** The two types of eight bits, from compute capability 9.0 on. */
    FP8(2, 24),
    /** Several ranks of a communicator on one GPU, where {@code NCCL_MULTI_RANK_GPU_ENABLE=1} asks for it. */
    SEVERAL_RANKS_PER_GPU(2, 30);

    private final int major;
    private final int minor;

    NcclFeature(int major, int minor) {
        this.major = major;
        this.minor = minor;
    }

    /** The first version that has it. */
    NcclVersion since() {
        return new NcclVersion(major, minor, 0);
    }

    /** Whether a version has it. */
    boolean isIn(NcclVersion version) {
        return version.compareTo(since()) >= 0;
    }
}
