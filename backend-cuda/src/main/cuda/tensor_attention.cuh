// What the kernels of attention on tensor cores share. A block keeps rows, of queries or of keys, spread over its warps, and
// walks over what they meet in steps.
#pragma once

#include "attention.cuh"
#include "tiles.cuh"

constexpr int KEPT = 128;
constexpr int STEP = 32;
constexpr float LOG2_E = 1.4426950408889634f;

// Warps keep BLOCKS times 16 rows: what they take from shared memory serves all of these.
template <int BLOCKS>
constexpr int SIZE = KEPT / MMA_ROWS / BLOCKS * WARP;

template <int BLOCKS>
__device__ int first_row_of_warp() {
    return threadIdx.x / WARP * MMA_ROWS * BLOCKS;
}

// Of a lane in the fragments of results: rows `my_line() + 16 * block + 8 * h`, columns `8 * j + my_twos() + c`.
__device__ inline int my_line() {
    return threadIdx.x % WARP / 4;
}

__device__ inline int my_twos() {
    return threadIdx.x % 4 * 2;
}

// Across the four lanes that hold a row.
template <typename C>
__device__ float across_four(float mine, C combine) {
    mine = combine(mine, __shfl_xor_sync(EVERY_LANE, mine, 1));
    return combine(mine, __shfl_xor_sync(EVERY_LANE, mine, 2));
}

// Without the care that exp2f takes of results below the smallest normal number.
__device__ inline float two_to(float x) {
#ifdef EMULATION
    return exp2f(x);
#else
    float out;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(out) : "f"(x));
    return out;
#endif
}


// sum += x * tile^T, for 8 * N rows of the tile from `row` on.
template <typename T, int BLOCKS, int N, int ROWS, int HEAD>
__device__ void multiply(
        float (&sum)[BLOCKS][N][4], const unsigned (&x)[BLOCKS][HEAD / MMA_DEPTH][4], const Tile<T, ROWS, HEAD> &tile,
        int row) {
#pragma unroll
    for (int e = 0; e < HEAD / MMA_DEPTH; e++) {
#pragma unroll
        for (int j = 0; j < N; j += 2) {
            unsigned y[4];
            tile.across(y, row + j * MMA_COLUMNS, e * MMA_DEPTH);
#pragma unroll
            for (int b = 0; b < BLOCKS; b++) {
                mma<T>(sum[b][j], x[b][e], y[0], y[1]);
                mma<T>(sum[b][j + 1], x[b][e], y[2], y[3]);
            }
        }
    }
}

// sum += weights * tile, whose rows from `row` on are as many as the weights' columns: results become a left side without
// leaving their lanes.
template <typename T, int BLOCKS, int N, int ROWS, int HEAD>
__device__ void add_weighted(
        float (&sum)[BLOCKS][HEAD / MMA_COLUMNS][4], const float (&weights)[BLOCKS][N][4],
        const Tile<T, ROWS, HEAD> &tile, int row) {
#pragma unroll
    for (int e = 0; e < N / 2; e++) {
        unsigned x[BLOCKS][4];
#pragma unroll
        for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                const float(&two)[4] = weights[b][2 * e + i / 2];
                x[b][i] = join<T>(two[i % 2 * 2], two[i % 2 * 2 + 1]);
            }
        }
#pragma unroll
        for (int d = 0; d < HEAD / MMA_COLUMNS; d += 2) {
            unsigned y[4];
            tile.down(y, row + e * MMA_DEPTH, d * MMA_COLUMNS);
#pragma unroll
            for (int b = 0; b < BLOCKS; b++) {
                mma<T>(sum[b][d], x[b], y[0], y[1]);
                mma<T>(sum[b][d + 1], x[b], y[2], y[3]);
            }
        }
    }
}

// Two matrices that are walked along together, the next step of both on its way while this one is computed with.
template <typename T, int HEAD>
struct Walk {
    Tile<T, STEP, HEAD> first[2];
    Tile<T, STEP, HEAD> second[2];
};

// The same memory before and after.
template <typename T, int HEAD>
union Memory {
    Walk<T, HEAD> walk;
    Tile<T, KEPT, HEAD> whole;
};

// The rows that a block keeps, as left sides.
template <typename T, int BLOCKS, int HEAD>
__device__ void keep(
        unsigned (&x)[BLOCKS][HEAD / MMA_DEPTH][4], Memory<T, HEAD> &memory, const T *from, int count, bool packed) {
    memory.whole.template fill<SIZE<BLOCKS>>(from, count, HEAD, HEAD, packed);
    end_group();
    wait_for_copies<0>();
    __syncthreads();
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
        for (int e = 0; e < HEAD / MMA_DEPTH; e++) {
            memory.whole.left(x[b][e], first_row_of_warp<BLOCKS>() + b * MMA_ROWS, e * MMA_DEPTH);
        }
    }
    __syncthreads();
}

// Calls bring(step, slot) a step ahead of compute(step, slot), with two slots.
template <typename B, typename C>
__device__ void walk(int steps, B bring, C compute) {
    if (steps > 0) {
        bring(0, 0);
        end_group();
    }
    for (int step = 0; step < steps; step++) {
        wait_for_copies<0>();
        // All of this step is there, and nobody computes with the one before any more.
        __syncthreads();
        if (step + 1 < steps) {
            bring(step + 1, (step + 1) % 2);
            end_group();
        }
        compute(step, step % 2);
    }
}

// The first and the last position of some queries: -1 if there are none.
struct Span {
    int low;
    int high;

    __device__ Span(const Shape &s, int query, int count)
            : low(s.position(query)), high(s.position(query < s.queries ? least(query + count, s.queries) - 1 : query)) {}

    __device__ bool sees_none(const Shape &s, int key, int count) const {
        return key > high || key + count <= s.first(low);
    }

    __device__ bool sees_all(const Shape &s, int key, int count) const {
        return key + count - 1 <= low && key >= s.first(high);
    }
};

__device__ inline bool visible(const Shape &s, int key, int position) {
    return key <= position && key >= s.first(position);
}

// By way of shared memory, so that rows leave in packs.
template <typename T, int BLOCKS, int N, int HEAD>
__device__ void store(Memory<T, HEAD> &memory, T *to, int count, const float (&out)[BLOCKS][N][4], float scale) {
    __syncthreads();
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
        for (int j = 0; j < N; j++) {
#pragma unroll
            for (int h = 0; h < 2; h++) {
                memory.whole.put(
                        first_row_of_warp<BLOCKS>() + b * MMA_ROWS + my_line() + h * 8, j * MMA_COLUMNS + my_twos(),
                        join<T>(scale * out[b][j][2 * h], scale * out[b][j][2 * h + 1]));
            }
        }
    }
    __syncthreads();
    memory.whole.template drain<SIZE<BLOCKS>>(to, count, HEAD, HEAD);
}
