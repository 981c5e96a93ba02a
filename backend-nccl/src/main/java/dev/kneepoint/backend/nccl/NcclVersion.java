package dev.kneepoint.backend.nccl;

/**
 * A version of NCCL. Immutable.
 *
 * @param major from 0
 * @param minor 0 to 99
 * @param patch 0 to 99
 */
record NcclVersion(int major, int minor, int patch) implements Comparable<NcclVersion> {
    /** The oldest that we run on. */
    static final NcclVersion OLDEST = new NcclVersion(2, 18, 0);

    /** From this code on versions have two digits for the minor number; 2.8 was the last with one. */
    private static final int TWO_DIGITS = 10_000;

    /** By the number that {@code ncclGetVersion} answers with, for example 22304 for 2.23.4. */
    static NcclVersion ofCode(int code) {
        int unit = code < TWO_DIGITS ? 1_000 : 10_000;
        return new NcclVersion(code / unit, code % unit / 100, code % 100);
    }

    /** The number of this version, as {@code ncclGetVersion} would say it. */
    int code() {
        boolean two = major > 2 || major == 2 && minor > 8;
        return major * (two ? 10_000 : 1_000) + minor * 100 + patch;
    }

    @Override
    public int compareTo(NcclVersion other) {
        return Integer.compare(code(), other.code());
    }

    /** For example {@code 2.23.4}. */
    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
