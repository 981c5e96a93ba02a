package dev.kneepoint.backend.cuda;

import dev.kneepoint.units.Checks;

/**
 * A product of two matrices of eight bits: [rows, inner] x [columns, inner] transposed, all row-major. Immutable.
 *
 * @param rows at least 1
 * @param columns a multiple of {@value #MULTIPLE}
 * @param inner a multiple of {@value #MULTIPLE}
 * @param pitch elements from a row of the second matrix to the next: at least inner, a multiple of {@value #MULTIPLE}
 * @param left what the elements of the first matrix are
 * @param right those of the second; not both are E5M2, which tensor cores do not multiply by itself
 * @param output what the elements of the result are
 * @param fastAccumulation whether tensor cores may keep fewer bits of their sums: quicker on Hopper, and less exact
 */
record Fp8Shape(
        int rows,
        int columns,
        int inner,
        int pitch,
        Fp8Type left,
        Fp8Type right,
        Output output,
        boolean fastAccumulation) {
    /** Tensor cores take rows of FP8 in pieces of 16 bytes. */
    static final int MULTIPLE = 16;

    Fp8Shape {
        Checks.range("rows", rows, 1, Integer.MAX_VALUE);
        multiple("columns", columns);
        multiple("inner", inner);
        multiple("pitch", pitch);
        Checks.range("pitch", pitch, inner, Integer.MAX_VALUE);
        if (left == Fp8Type.E5M2 && right == Fp8Type.E5M2) {
            throw new IllegalArgumentException("FP8 products need E4M3 on at least one side, not E5M2 on both");
        }
    }

    /** A product of matrices of E4M3 whose rows follow each other. */
    Fp8Shape(int rows, int columns, int inner, Output output, boolean fastAccumulation) {
        this(rows, columns, inner, inner, Fp8Type.E4M3, Fp8Type.E4M3, output, fastAccumulation);
    }

    private static void multiple(String name, int value) {
        if (value < 1 || value % MULTIPLE != 0) {
            int nearest = Math.max(MULTIPLE, Math.round(value / (float) MULTIPLE) * MULTIPLE);
            throw new IllegalArgumentException("FP8 products need " + name + " in multiples of " + MULTIPLE + ", not "
                    + value + "; nearest: " + nearest);
        }
    }

    /** Elements of the result. */
    enum Output {
        /** CUDA_R_16BF. */
        BF16(14),
        /** CUDA_R_32F. */
        F32(0);

        private final int dataType;

        Output(int dataType) {
            this.dataType = dataType;
        }

        /** {@code cudaDataType_t}. */
        int dataType() {
            return dataType;
        }
    }
}
