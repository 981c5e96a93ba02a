// The queries of a block of attention on tensor cores, and how they meet keys.
#pragma once

#include "tensor_attention.cuh"

// The queries of a block, of which a warp has BLOCKS times 16, and the keys that they meet.
template <typename T, int HEAD, int BLOCKS>
struct Queries {
    static constexpr int EVERY = SIZE<BLOCKS>;
    const Shape &s;
    const T *keys;
    const T *values;
    int q0;
    long long row;
    long long keys_at;
    int from;
    int steps;
    Span mine;
    bool packed;
    unsigned query[BLOCKS][HEAD / MMA_DEPTH][4];
    unsigned upstream[BLOCKS][HEAD / MMA_DEPTH][4];

    __device__ Queries(const Shape &shape, Memory<T, HEAD> &memory, const T *q, const T *k, const T *v, const T *out_gradient)
            : s(shape), keys(k), values(v), q0(blockIdx.x * KEPT), row(query_head(shape, blockIdx.y) + q0),
              keys_at(key_head(shape, blockIdx.y / (shape.heads / shape.kv_heads)) * HEAD),
              mine(shape, q0 + first_row_of_warp<BLOCKS>(), MMA_ROWS * BLOCKS), packed(aligned(q, k, v, out_gradient)) {
        Span all(s, q0, KEPT);
        from = s.first(all.low) / STEP * STEP;
        steps = (all.high - from) / STEP + 1;
        keep<T, BLOCKS, HEAD>(query, memory, q + row * HEAD, s.queries - q0, packed);
        keep<T, BLOCKS, HEAD>(upstream, memory, out_gradient + row * HEAD, s.queries - q0, packed);
    }

    __device__ int key(int step) const {
        return from + step * STEP;
    }

    __device__ void bring(Walk<T, HEAD> &walk, int step, int slot) const {
        long long at = keys_at + (long long) key(step) * HEAD;
        walk.first[slot].template fill<EVERY>(keys + at, s.keys - key(step), HEAD, HEAD, packed);
        walk.second[slot].template fill<EVERY>(values + at, s.keys - key(step), HEAD, HEAD, packed);
    }

    // Products of queries and keys, minus infinity where a key is hidden, and the gradients of probabilities.
    template <int N>
    __device__ void meet(
            float (&p)[BLOCKS][N][4], float (&of_p)[BLOCKS][N][4], const Walk<T, HEAD> &walk, int step, int slot) const {
        multiply(p, query, walk.first[slot], 0);
        multiply(of_p, upstream, walk.second[slot], 0);
        if (mine.sees_all(s, key(step), STEP)) {
            return;
        }
#pragma unroll
        for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                int position = s.position(q0 + line(b, i / 2));
#pragma unroll
                for (int j = 0; j < N; j++) {
                    if (!visible(s, key(step) + j * MMA_COLUMNS + my_twos() + i % 2, position)) {
                        p[b][j][i] = -INFINITY;
                    }
                }
            }
        }
    }

    __device__ static int line(int block, int h) {
        return first_row_of_warp<BLOCKS>() + block * MMA_ROWS + my_line() + h * 8;
    }
};
