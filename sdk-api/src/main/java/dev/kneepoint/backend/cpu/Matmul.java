package dev.kneepoint.backend.cpu;

import java.util.Arrays;
import java.util.function.BooleanSupplier;

/** Blocked product of row-major matrices: panels of the right operand that stay in the cache. Stateless. */
final class Matmul {
    /** Rows of b in a panel; 64 x 1,024 floats are 256 KiB, within a second-level cache. */
    private static final int PANEL_INNER = 64;

    private static final int PANEL_COLUMNS = 1024;
    /** Rows between two looks at whether to stop: at most 2 * 256 * 64 * 1,024 operations. */
    private static final int PANEL_ROWS = 256;

    private final MatrixKernel kernel;

    Matmul(MatrixKernel kernel) {
        this.kernel = kernel;
    }

    /**
     * Sets {@code c = scale * a * b} for matrices that begin at an offset of each array.
     *
     * @param stop asked between panels; the result is incomplete once it says true
     */
    void multiply(
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            float[] c,
            int cAt,
            int rows,
            int columns,
            int inner,
            float scale,
            BooleanSupplier stop) {
        Arrays.fill(c, cAt, cAt + rows * columns, 0);
        for (int j = 0; j < columns; j += PANEL_COLUMNS) {
            int wide = Math.min(PANEL_COLUMNS, columns - j);
            for (int k = 0; k < inner; k += PANEL_INNER) {
                int deep = Math.min(PANEL_INNER, inner - k);
                for (int i = 0; i < rows; i += PANEL_ROWS) {
                    if (stop.getAsBoolean()) {
                        return;
                    }
                    int high = Math.min(PANEL_ROWS, rows - i);
                    int to = cAt + i * columns + j;
                    kernel.multiplyAdd(
                            a,
                            aAt + i * inner + k,
                            inner,
                            b,
                            bAt + k * columns + j,
                            columns,
                            c,
                            to,
                            columns,
                            high,
                            wide,
                            deep);
                }
            }
        }
        if (scale != 1) {
            for (int i = cAt; i < cAt + rows * columns; i++) {
                c[i] *= scale;
            }
        }
    }
}
