// What the kernels of attention share: shapes, tiles, products of tiles, and rows of scores.
#pragma once

#include "common.cuh"

constexpr int TILE = 64;
constexpr int CHUNK = 32;
constexpr int SLAB = 128;
constexpr int DEPTH = 16;
// Threads as a square, each with every ACROSSth row and column: those of a row are half a warp.
constexpr int ACROSS = 16;
constexpr int EACH = TILE / ACROSS;
constexpr int COLUMNS = SLAB / ACROSS;
// One more than needed keeps the columns of a tile in different banks.
constexpr int STRIDE = TILE + 1;

struct Shape {
    int heads;
    int kv_heads;
    int queries;
    int keys;
    int head;
    int window;
    int part;
    int parts;
    float factor;

    // A query's place in its sequence, -1 if there is no such query.
    __device__ int position(int query) const {
        if (query >= queries) {
            return -1;
        }
        int half = queries / 2;
        return parts == 1 ? query : query < half ? part * half + query : keys - (part + 1) * half + query - half;
    }

    // The first query at a position or after it, as if queries went on for ever.
    __device__ int query(int position) const {
        int half = queries / 2;
        if (parts == 1) {
            return position;
        }
        int early = position - part * half;
        int late = position - keys + (part + 1) * half + half;
        return early < half ? (early < 0 ? 0 : early) : late < half ? half : late;
    }

    __device__ int first(int position) const {
        return window == 0 || position + 1 < window ? 0 : position + 1 - window;
    }

    // Positions grow with the query, so the ends of a tile of queries bound the keys that it sees.
    __device__ int first_tile(int query) const {
        return first(position(query)) / TILE * TILE;
    }

    __device__ int end_key(int query) const {
        return position((query + TILE < queries ? query + TILE : queries) - 1) + 1;
    }
};

struct Tiles {
    float left[CHUNK * STRIDE];
    float right[CHUNK * STRIDE];
    float weights[TILE * STRIDE];
    float values[DEPTH * SLAB];
};

__device__ inline int my_row(int i) {
    return threadIdx.x / ACROSS + i * ACROSS;
}

__device__ inline int my_column(int j) {
    return threadIdx.x % ACROSS + j * ACROSS;
}

// Turned, so that the threads of a product read along rows.
template <typename T>
__device__ void load(float *tile, const T *from, int rows, int columns, int stride) {
    for (int i = threadIdx.x; i < TILE * CHUNK; i += THREADS) {
        int r = i / CHUNK;
        int c = i % CHUNK;
        tile[c * STRIDE + r] = r < rows && c < columns ? value(from[(long long) r * stride + c]) : 0;
    }
}

// product = left * right^T over the whole head.
template <typename T>
__device__ void multiply(
        float (&product)[EACH][EACH], Tiles &tiles, const T *left, int rows, const T *right, int columns, int head) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int j = 0; j < EACH; j++) {
            product[i][j] = 0;
        }
    }
    for (int e = 0; e < head; e += CHUNK) {
        load(tiles.left, left + e, rows, head - e, head);
        load(tiles.right, right + e, columns, head - e, head);
        __syncthreads();
        for (int k = 0; k < CHUNK; k++) {
            float x[EACH];
            float y[EACH];
#pragma unroll
            for (int i = 0; i < EACH; i++) {
                x[i] = tiles.left[k * STRIDE + my_row(i)];
                y[i] = tiles.right[k * STRIDE + my_column(i)];
            }
#pragma unroll
            for (int i = 0; i < EACH; i++) {
#pragma unroll
                for (int j = 0; j < EACH; j++) {
                    product[i][j] = fmaf(x[i], y[j], product[i][j]);
                }
            }
        }
        __syncthreads();
    }
}

// out += weights * rows for the columns of a slab; weights[i * rise + k * run] for row i and its kth term.
template <typename T>
__device__ void add_product(
        float (&out)[EACH][COLUMNS], Tiles &tiles, int rise, int run, const T *rows, int count, int from, int head) {
    for (int k0 = 0; k0 < count; k0 += DEPTH) {
        for (int i = threadIdx.x; i < DEPTH * SLAB; i += THREADS) {
            int k = i / SLAB;
            int c = i % SLAB;
            bool inside = k0 + k < count && from + c < head;
            tiles.values[i] = inside ? value(rows[(long long) (k0 + k) * head + from + c]) : 0;
        }
        __syncthreads();
        for (int k = 0; k < DEPTH; k++) {
            float x[EACH];
#pragma unroll
            for (int i = 0; i < EACH; i++) {
                x[i] = tiles.weights[my_row(i) * rise + (k0 + k) * run];
            }
#pragma unroll
            for (int c = 0; c < COLUMNS; c++) {
                float y = tiles.values[k * SLAB + my_column(c)];
#pragma unroll
                for (int i = 0; i < EACH; i++) {
                    out[i][c] = fmaf(x[i], y, out[i][c]);
                }
            }
        }
        __syncthreads();
    }
}

// Combines a value of every thread of a row; all of them get it.
template <typename C>
__device__ float across_row(float mine, C combine) {
    for (int distance = ACROSS / 2; distance > 0; distance /= 2) {
        mine = combine(mine, __shfl_xor_sync(EVERY_LANE, mine, distance));
    }
    return mine;
}

__device__ inline float score(float product, int key, int position, const Shape &s) {
    return key <= position && key >= s.first(position) ? product * s.factor : -INFINITY;
}

// By what shrinks what was summed under a maximum when it rises. A row without a key so far has none.
__device__ inline float shrinkage(float most, float peak) {
    return peak == -INFINITY ? 1 : expf(most - peak);
}

// The running maximum of a row with a row of scores, and its shrinkage.
__device__ inline float raise(float &most, const float (&scores)[EACH]) {
    float peak = most;
#pragma unroll
    for (int j = 0; j < EACH; j++) {
        peak = fmaxf(peak, scores[j]);
    }
    peak = across_row(peak, Larger());
    float keep = shrinkage(most, peak);
    most = peak;
    return keep;
}

__device__ inline float exponential(float score, float most) {
    return score == -INFINITY ? 0 : expf(score - most);
}

// Where the arrays of a head begin: blocks are counted by tiles, heads and sequences.
__device__ inline long long query_head(const Shape &s, int head) {
    return ((long long) blockIdx.z * s.heads + head) * s.queries;
}

__device__ inline long long key_head(const Shape &s, int head) {
    return ((long long) blockIdx.z * s.kv_heads + head) * s.keys;
}

__device__ inline int least(int a, int b) {
    return a < b ? a : b;
}

template <typename T>
__device__ void store(T *to, int rows, const float (&out)[EACH][COLUMNS], const float (&scale)[EACH], int from, int head) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int c = 0; c < COLUMNS; c++) {
            if (my_row(i) < rows && from + my_column(c) < head) {
                to[(long long) my_row(i) * head + from + my_column(c)] = rounded<T>(out[i][c] * scale[i]);
            }
        }
    }
}

__device__ inline void keep_weights(Tiles &tiles, const float (&weights)[EACH][EACH]) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int j = 0; j < EACH; j++) {
            tiles.weights[my_row(i) * STRIDE + my_column(j)] = weights[i][j];
        }
    }
    __syncthreads();
}

#define SHAPE int heads, int kv_heads, int queries, int keys, int head, int window, int part, int parts, float factor
#define THE_SHAPE {heads, kv_heads, queries, keys, head, window, part, parts, factor}
