// The keys of a block of attention on tensor cores, and how they meet queries.
#pragma once

#include "tensor_attention.cuh"

// The keys and values of a warp.
template <typename T, int HEAD, int BLOCKS>
struct Keys {
    const Shape &s;
    int key;
    float of_keys[BLOCKS][HEAD / MMA_COLUMNS][4] = {};
    float of_values[BLOCKS][HEAD / MMA_COLUMNS][4] = {};
    unsigned keys[BLOCKS][HEAD / MMA_DEPTH][4];
    unsigned values[BLOCKS][HEAD / MMA_DEPTH][4];

    __device__ Keys(const Shape &shape, int k0) : s(shape), key(k0 + first_row_of_warp<BLOCKS>()) {}

    // Sixteen queries, from q0 on and from row `at` of their tiles on.
    __device__ void meet(
            const Tile<T, STEP, HEAD> &query, const Tile<T, STEP, HEAD> &upstream, const float2 *sums, int at, int q0) {
        Span span(s, q0, MMA_DEPTH);
        if (span.sees_none(s, key, MMA_ROWS * BLOCKS)) {
            return;
        }
        float p[BLOCKS][2][4] = {};
        float of_p[BLOCKS][2][4] = {};
        multiply(p, keys, query, at);
        multiply(of_p, values, upstream, at);
        bool whole = span.sees_all(s, key, MMA_ROWS * BLOCKS);
#pragma unroll
        for (int j = 0; j < 2; j++) {
#pragma unroll
            for (int c = 0; c < 2; c++) {
                int column = j * MMA_COLUMNS + my_twos() + c;
                float2 sum = sums[at + column];
                if (!whole) {
                    hide(p, j, c, s.position(q0 + column));
                }
#pragma unroll
                for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
                    for (int i = c; i < 4; i += 2) {
                        p[b][j][i] = two_to(fmaf(p[b][j][i], s.factor * LOG2_E, -sum.x));
                        of_p[b][j][i] = p[b][j][i] * (of_p[b][j][i] - sum.y);
                    }
                }
            }
        }
        add_weighted<T>(of_values, p, upstream, at);
        add_weighted<T>(of_keys, of_p, query, at);
    }

    __device__ void hide(float (&p)[BLOCKS][2][4], int j, int c, int position) const {
#pragma unroll
        for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
            for (int i = c; i < 4; i += 2) {
                if (!visible(s, key + b * MMA_ROWS + my_line() + i / 2 * 8, position)) {
                    p[b][j][i] = -INFINITY;
                }
            }
        }
    }
};
