package dev.kneepoint.backend.cuda;

/**
 * Device memory that products may use. Immutable.
 *
 * @param pointer a multiple of {@value #ALIGNMENT}
 * @param bytes at least 1
 */
record Workspace(long pointer, long bytes) {
    /** What cuBLAS asks of the address. */
    static final int ALIGNMENT = 256;

    Workspace {
        if (pointer == 0 || pointer % ALIGNMENT != 0 || bytes < 1) {
            throw new IllegalArgumentException("a workspace starts at a multiple of " + ALIGNMENT
                    + " other than 0 and has at least 1 byte, not " + bytes + " bytes at " + pointer);
        }
    }
}
