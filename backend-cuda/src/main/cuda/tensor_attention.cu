// Causal attention on tensor cores (FlashAttention-2, arXiv 2307.08691), for compute_80: warps keep their queries and what
// these have gathered in registers, while the block walks over keys. Scores become weights without leaving them.
#include "tensor_queries.cuh"

// Whether it is so for a lane of the warp.
__device__ inline bool in_warp(bool mine) {
#ifdef EMULATION
    float all = mine;
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        all = fmaxf(all, __shfl_xor_sync(EVERY_LANE, all, distance));
    }
    return all > 0;
#else
    return __any_sync(EVERY_LANE, mine);
#endif
}

// Scores become exponentials, and `sum` what they sum to in this lane. Returns whether a maximum has risen.
template <int BLOCKS, int N>
__device__ bool soften(
        float (&p)[BLOCKS][N][4], Maxima<BLOCKS> &maxima, float (&sum)[BLOCKS][2], float (&keep)[BLOCKS][2], float scale) {
    bool risen = false;
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
        for (int h = 0; h < 2; h++) {
            float base = maxima.raise(p, b, h, scale, keep[b][h]);
            risen = risen || keep[b][h] != 1;
            float mine = 0;
#pragma unroll
            for (int j = 0; j < N; j++) {
#pragma unroll
                for (int i = 2 * h; i < 2 * h + 2; i++) {
                    p[b][j][i] = two_to(fmaf(p[b][j][i], scale, -base));
                    mine += p[b][j][i];
                }
            }
            sum[b][h] = fmaf(sum[b][h], keep[b][h], mine);
        }
    }
    return risen;
}

template <int BLOCKS, int N>
__device__ void scale_rows(float (&rows)[BLOCKS][N][4], const float (&factor)[BLOCKS][2]) {
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
        for (int j = 0; j < N; j++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                rows[b][j][i] *= factor[b][i / 2];
            }
        }
    }
}

template <typename T, int HEAD, int BLOCKS, int N>
__device__ void attend(const T *q, const T *k, const T *v, T *out, const Shape &s) {
    SHARED(memory, Memory<T, HEAD>);
    bool packed = aligned(q, k, v);
    Queries<T, HEAD, BLOCKS> queries(s, memory, q, packed);
    float result[BLOCKS][HEAD / MMA_COLUMNS][4] = {};
    float sum[BLOCKS][2] = {};
    Maxima<BLOCKS> maxima;
    auto bring = [&](int step, int slot) { queries.bring(memory.walk, k, v, packed, step, slot); };
    walk(queries.steps, bring, [&](int step, int slot) {
        queries.template in_parts<N>(step, [&](int row, int key) {
            float p[BLOCKS][N][4] = {};
            float keep[BLOCKS][2];
            queries.meet(p, memory.walk.first[slot], row, key);
            // Maxima rise seldom after the first steps, and what is scaled is most of what a warp has.
            if (in_warp(soften(p, maxima, sum, keep, s.factor * LOG2_E))) {
                scale_rows(result, keep);
            }
            add_weighted<T>(result, p, memory.walk.second[slot], row);
        });
    });
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
        for (int h = 0; h < 2; h++) {
            sum[b][h] = 1 / across_four(sum[b][h], Plus());
        }
    }
    scale_rows(result, sum);
    store(memory, out + queries.row * HEAD, s.queries - queries.q0, result, 1);
}

#define OF_TYPE(t, T)                                                                                               \
    KERNEL_FOR(SIZE<2>, 2) tensor_attention_64_##t(const T *q, const T *k, const T *v, T *out, SHAPE) {             \
        attend<T, 64, 2, 4>(q, k, v, out, THE_SHAPE);                                                                  \
    }                                                                                                               \
    KERNEL_FOR(SIZE<2>, 2) tensor_attention_128_##t(const T *q, const T *k, const T *v, T *out, SHAPE) {            \
        attend<T, 128, 2, 2>(q, k, v, out, THE_SHAPE);                                                                 \
    }

OF_TYPE(bf16, bf16)
OF_TYPE(f16, f16)
