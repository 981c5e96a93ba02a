// Tiles of attention on GPUs: 64 work-items as 8 by 8, each with a block of 4 by 4. One more column than needed keeps
// the rows of a tile in different banks of local memory.
#define QUERIES 32
#define KEYS 32
#define CHUNK 32
#define STRIDE (CHUNK + 1)
#define SCORE_STRIDE (KEYS + 1)
#define SYNC barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
#define ITEM_ROW (LANE / 8 * 4)
#define ITEM_COLUMN (LANE & 7)

void load(__local float *tile, int height, __global const float *from, int rows, int columns, int stride) {
    int c = LANE & (CHUNK - 1);
    for (int r = LANE / CHUNK; r < height; r += LANES / CHUNK) {
        tile[r * STRIDE + c] = r < rows && c < columns ? from[(long) r * stride + c] : 0.0f;
    }
}

void load_keys(__local float *tile, __global const float *from, int rows, int columns, int stride) {
    load(tile, KEYS, from, rows, columns, stride);
}

void add_scores(__local float *scores, __local const float *queries, __local const float *keys, int columns) {
    float4 sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    __local const float *right = keys + ITEM_COLUMN * STRIDE;
    for (int e = 0; e < columns; e++) {
        float4 key = (float4)(right[e], right[8 * STRIDE + e], right[16 * STRIDE + e], right[24 * STRIDE + e]);
#pragma unroll
        for (int i = 0; i < 4; i++) {
            sum[i] = fma(queries[(ITEM_ROW + i) * STRIDE + e], key, sum[i]);
        }
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        __local float *to = scores + (ITEM_ROW + i) * SCORE_STRIDE + ITEM_COLUMN;
        to[0] += sum[i].x;
        to[8] += sum[i].y;
        to[16] += sum[i].z;
        to[24] += sum[i].w;
    }
}

// to = keep * to + left * right, with left[i * rise + k * run] and a factor to keep for every row.
void add_product(
        __global float *to, int rows, int columns, int stride, __local const float *left, int rise, int run,
        __local const float *right, int depth,
        __local const float *keep) {
    float sum[4][4] = {{0.0f}};
    for (int k = 0; k < depth; k++) {
        __local const float *row = right + k * STRIDE + ITEM_COLUMN;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            float factor = left[(ITEM_ROW + i) * rise + k * run];
#pragma unroll
            for (int j = 0; j < 4; j++) {
                sum[i][j] = fma(factor, row[8 * j], sum[i][j]);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
            int r = ITEM_ROW + i;
            int c = ITEM_COLUMN + 8 * j;
            if (r < rows && c < columns) {
                __global float *element = to + (long) r * stride + c;
                *element = fma(keep[r], *element, sum[i][j]);
            }
        }
    }
}
