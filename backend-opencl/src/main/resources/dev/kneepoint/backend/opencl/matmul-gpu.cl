// c = scale * a * b: a work-group of 64 takes a tile of 64 by 64 and keeps its parts of a (turned) and b in local memory,
// STEP of the inner length at a time; a work-item sums up two times four rows by two times four columns.
#ifndef STEP
#define STEP 16
#define TILE 64
#define LEFT_STRIDE (TILE + 4)
#endif

__kernel GROUP void MATMUL(
        __global const ELEMENT *restrict a, long a0, __global const ELEMENT *restrict b, long b0, Out c, long c0,
        int rows, int columns, int inner, float factor) {
    __local float left[STEP * LEFT_STRIDE];
    __local float right[STEP * TILE];
    long product = get_group_id(2);
    int column = get_group_id(0) * TILE;
    int row = get_group_id(1) * TILE;
    a += a0 + product * rows * inner;
    b += b0 + product * inner * columns;
    c += c0 + product * rows * columns;
    int item_row = LANE / 8 * 4;
    int item_column = (LANE & 7) * 4;
    float4 sum[8][2];
#pragma unroll
    for (int i = 0; i < 8; i++) {
        sum[i][0] = 0.0f;
        sum[i][1] = 0.0f;
    }
    for (int k0 = 0; k0 < inner; k0 += STEP) {
        int k = (LANE & 3) * 4;
        for (int r = LANE / 4; r < TILE; r += LANES / 4) {
            float4 v = 0.0f;
            if (row + r < rows) {
                v = LOAD(a + (long) (row + r) * inner, k0 + k, inner);
            }
            left[k * LEFT_STRIDE + r] = v.x;
            left[(k + 1) * LEFT_STRIDE + r] = v.y;
            left[(k + 2) * LEFT_STRIDE + r] = v.z;
            left[(k + 3) * LEFT_STRIDE + r] = v.w;
        }
        int j = (LANE & 15) * 4;
        for (int r = LANE / 16; r < STEP; r += LANES / 16) {
            float4 v = 0.0f;
            if (k0 + r < inner) {
                v = LOAD(b + (long) (k0 + r) * columns, column + j, columns);
            }
            vstore4(v, 0, right + r * TILE + j);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
        for (int k = 0; k < STEP; k++) {
            float4 low = vload4(0, right + k * TILE + item_column);
            float4 high = vload4(0, right + k * TILE + TILE / 2 + item_column);
            float each[8];
            vstore4(vload4(0, left + k * LEFT_STRIDE + item_row), 0, each);
            vstore4(vload4(0, left + k * LEFT_STRIDE + TILE / 2 + item_row), 1, each);
#pragma unroll
            for (int i = 0; i < 8; i++) {
                sum[i][0] = fma(each[i], low, sum[i][0]);
                sum[i][1] = fma(each[i], high, sum[i][1]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
#pragma unroll
    for (int i = 0; i < 8; i++) {
        int r = row + (i < 4 ? item_row + i : TILE / 2 + item_row + i - 4);
        if (r < rows) {
            put(sum[i][0] * factor, c + (long) r * columns, column + item_column, columns);
            put(sum[i][1] * factor, c + (long) r * columns, column + TILE / 2 + item_column, columns);
        }
    }
}
