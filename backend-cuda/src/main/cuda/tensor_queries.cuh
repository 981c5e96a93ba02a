// The queries of a block of attention on tensor cores, and how they meet keys.
#pragma once

#include "tensor_attention.cuh"

// A warp has BLOCKS times 16 of the queries.
template <typename T, int HEAD, int BLOCKS>
struct Queries {
    static constexpr int EVERY = SIZE<BLOCKS>;
    const Shape &s;
    int q0;
    long long row;
    long long keys_at;
    int from;
    int steps;
    Span mine;
    unsigned query[BLOCKS][HEAD / MMA_DEPTH][4];

    // The last queries of a sequence meet most keys, so they come first.
    __device__ Queries(const Shape &shape, Memory<T, HEAD> &memory, const T *q, bool packed)
            : s(shape), q0((gridDim.x - 1 - blockIdx.x) * KEPT), row(query_head(shape, blockIdx.y) + q0),
              keys_at(key_head(shape, blockIdx.y / (shape.heads / shape.kv_heads)) * HEAD),
              mine(shape, q0 + first_row_of_warp<BLOCKS>(), MMA_ROWS * BLOCKS) {
        Span all(s, q0, KEPT);
        from = s.first(all.low) / STEP * STEP;
        steps = (all.high - from) / STEP + 1;
        take(query, memory, q, packed);
    }

    __device__ void take(
            unsigned (&x)[BLOCKS][HEAD / MMA_DEPTH][4], Memory<T, HEAD> &memory, const T *rows, bool packed) const {
        keep<T, BLOCKS, HEAD>(x, memory, rows + row * HEAD, s.queries - q0, packed);
    }

    __device__ int key(int step) const {
        return from + step * STEP;
    }

    __device__ void bring(Walk<T, HEAD> &walk, const T *k, const T *v, bool packed, int step, int slot) const {
        int first = key(step);
        long long at = keys_at + (long long) first * HEAD;
        walk.first[slot].template fill<EVERY>(k + at, s.keys - first, HEAD, HEAD, packed);
        walk.second[slot].template fill<EVERY>(v + at, s.keys - first, HEAD, HEAD, packed);
    }

    // Calls part(row, key) for the parts of a step, of N times eight keys, of which the warp sees any.
    template <int N, typename F>
    __device__ void in_parts(int step, F part) const {
#pragma unroll
        for (int row = 0; row < STEP; row += N * MMA_COLUMNS) {
            if (!mine.sees_none(s, key(step) + row, N * MMA_COLUMNS)) {
                part(row, key(step) + row);
            }
        }
    }

    // Products of queries and the keys from `first` on, which are those of the tile from `tile_row` on: minus infinity where
    // a key is hidden.
    template <int N>
    __device__ void meet(float (&p)[BLOCKS][N][4], const Tile<T, STEP, HEAD> &keys, int tile_row, int first) const {
        multiply(p, query, keys, tile_row);
        if (mine.sees_all(s, first, N * MMA_COLUMNS)) {
            return;
        }
#pragma unroll
        for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                int position = s.position(q0 + line(b, i / 2));
#pragma unroll
                for (int j = 0; j < N; j++) {
                    if (!visible(s, first + j * MMA_COLUMNS + my_twos() + i % 2, position)) {
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

// The running maxima of rows.
template <int BLOCKS>
struct Maxima {
    float most[BLOCKS][2];

    __device__ Maxima() {
#pragma unroll
        for (int b = 0; b < BLOCKS; b++) {
            most[b][0] = -INFINITY;
            most[b][1] = -INFINITY;
        }
    }

    // Raises a row's maximum, and says by what shrinks what was summed under the old one. Returns what to take from scaled
    // products, a number even if no key was visible so far.
    template <int N>
    __device__ float raise(const float (&products)[BLOCKS][N][4], int b, int h, float scale, float &keep) {
        float peak = most[b][h];
#pragma unroll
        for (int j = 0; j < N; j++) {
            peak = fmaxf(peak, fmaxf(products[b][j][2 * h], products[b][j][2 * h + 1]));
        }
        peak = across_four(peak, Larger());
        float base = peak == -INFINITY ? 0 : peak * scale;
        keep = two_to(fmaf(most[b][h], scale, -base));
        most[b][h] = peak;
        return base;
    }
};
