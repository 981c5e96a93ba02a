// c = scale * a * b, one panel of columns and one block of rows per work-item. The panel's part of b is copied to where it
// stays in the first-level cache for all rows, padded with zeros; ROWS x PANEL vectors of c stay in registers meanwhile.
// MATMUL, ELEMENT, LOAD and LOAD_VECTOR say which format a and b have.
#ifndef DEPTH
#define DEPTH 192
#define COLUMNS (PANEL * VECTOR)
#endif

__kernel GROUP void MATMUL(
        __global const ELEMENT *restrict a, long a0, __global const ELEMENT *restrict b, long b0, Out c, long c0,
        int rows, int columns, int inner, int block, float factor) {
    __local VF panel[DEPTH * PANEL];
    long product = get_global_id(2);
    int column = get_global_id(0) * COLUMNS;
    int begin = get_global_id(1) * block;
    int end = min(rows, begin + block);
    a += a0 + product * rows * inner;
    b += b0 + product * inner * columns + column;
    c += c0 + product * rows * columns + column;
    for (int k0 = 0; k0 < inner; k0 += DEPTH) {
        int depth = min(DEPTH, inner - k0);
        for (int k = 0; k < depth; k++) {
#pragma unroll
            for (int j = 0; j < PANEL; j++) {
                panel[k * PANEL + j] = LOAD(b + (long) (k0 + k) * columns, j * VECTOR, columns - column);
            }
        }
        for (int r = begin; r < end; r += ROWS) {
            VF sum[ROWS][PANEL];
            __global const ELEMENT *row[ROWS];
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
                row[i] = a + (long) min(r + i, end - 1) * inner + k0;
#pragma unroll
                for (int j = 0; j < PANEL; j++) {
                    sum[i][j] = 0.0f;
                }
            }
            for (int k = 0; k < depth; k++) {
#pragma unroll
                for (int i = 0; i < ROWS; i++) {
                    VF left = ONE(row[i], k);
#pragma unroll
                    for (int j = 0; j < PANEL; j++) {
                        sum[i][j] = fma(left, panel[k * PANEL + j], sum[i][j]);
                    }
                }
            }
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
                if (r + i < end) {
                    __global float *to = c + (long) (r + i) * columns;
#pragma unroll
                    for (int j = 0; j < PANEL; j++) {
                        VF value = sum[i][j] * factor;
                        if (k0 > 0) {
                            value += get(to, j * VECTOR, columns - column);
                        }
                        put(value, to, j * VECTOR, columns - column);
                    }
                }
            }
        }
    }
}
