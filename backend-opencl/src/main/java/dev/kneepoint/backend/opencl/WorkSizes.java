package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceKernels;

/** How many work-groups a kernel gets on a device. Immutable. */
final class WorkSizes {
    /** Groups to each core of a CPU: enough to even out what else runs there, few enough to cost nothing. */
    private static final int CPU_GROUPS = 4;
    /** Groups to each multiprocessor of a GPU: enough to keep it busy while others wait for memory. */
    private static final int GPU_GROUPS = 32;
    /** Fewest elements that are worth a work-item of a CPU. */
    private static final int CPU_RUN = 4096;
    /** Rows that a work-group of a CPU's matmul takes: their part of the left matrix fits the second-level cache. */
    private static final int MATMUL_ROWS = 256;
    /** Side of a GPU's tile. */
    private static final int GPU_TILE = 64;
    /** Most groups that search the largest magnitude, one element of scratch each. */
    static final int MOST_GROUPS = 256;

    private final KernelForm form;
    private final int vector;
    private final int blockRows;
    private final long most;

    WorkSizes(KernelForm form, KernelSource source, int computeUnits) {
        this.form = form;
        this.vector = source.vector();
        this.blockRows = source.rows();
        this.most = (long) computeUnits * (form == KernelForm.CPU ? CPU_GROUPS : GPU_GROUPS);
    }

    private static long[] groups(long... counts) {
        return counts;
    }

    private static long divideUp(long a, long b) {
        return (a + b - 1) / b;
    }

    /** For ops on elements. */
    long[] elements(long length) {
        long each = form == KernelForm.CPU ? CPU_RUN : (long) form.group() * vector;
        return groups(Math.clamp(divideUp(length, each), 1, most));
    }

    /** The same, with no more than {@link #MOST_GROUPS}. */
    long[] search(long length) {
        return groups(Math.min(elements(length)[0], MOST_GROUPS));
    }

    /** For ops on rows. */
    long[] rows(int rows) {
        return groups(Math.min(rows, 4 * most));
    }

    /** Rows of a matmul's work-group on a CPU: fewer where there would be too few groups. */
    int matmulRows(DeviceKernels.Product p) {
        long panels = divideUp(p.columns(), (long) KernelSource.PANEL * vector) * p.count();
        long blocks = Math.max(divideUp(most, panels), divideUp(p.rows(), MATMUL_ROWS));
        return Math.toIntExact(divideUp(divideUp(p.rows(), blocks), blockRows) * blockRows);
    }

    /** For a matmul: panels by blocks of rows on a CPU, tiles on a GPU. */
    long[] matmul(DeviceKernels.Product p) {
        return switch (form) {
            case CPU ->
                groups(
                        divideUp(p.columns(), (long) KernelSource.PANEL * vector),
                        divideUp(p.rows(), matmulRows(p)),
                        p.count());
            case GPU -> groups(divideUp(p.columns(), GPU_TILE), divideUp(p.rows(), GPU_TILE), p.count());
        };
    }

    /** For attention: tiles of tokens of every head of every sequence. */
    static long[] attention(int tokens, int tile, int heads, int sequences) {
        return groups(divideUp(tokens, tile), heads, sequences);
    }
}
