// Gradients of causal attention on tensor cores (FlashAttention-2, arXiv 2307.08691), for compute_80: a kernel for what the
// queries' rows sum to, one that walks over keys for the gradients of queries, one that walks over queries for those of keys
// and values. Nothing is added up in memory, so results are the same bits every time.
#include "tensor_keys.cuh"
#include "tensor_queries.cuh"

// For every query the binary logarithm of the sum of its exponentials, and the mean of the gradients of its probabilities.
template <typename T, int HEAD, int BLOCKS>
__device__ void sum_up(const T *q, const T *k, const T *v, const T *out_gradient, float2 *sums, const Shape &s) {
    SHARED(memory, Memory<T, HEAD>);
    Queries<T, HEAD, BLOCKS> queries(s, memory, q, k, v, out_gradient);
    float scale = s.factor * LOG2_E;
    float most[BLOCKS][2];
    float sum[BLOCKS][2] = {};
    float weighted[BLOCKS][2] = {};
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) {
        most[b][0] = -INFINITY;
        most[b][1] = -INFINITY;
    }
    auto bring = [&](int step, int slot) { queries.bring(memory.walk, step, slot); };
    walk(queries.steps, bring, [&](int step, int slot) {
        if (queries.mine.sees_none(s, queries.key(step), STEP)) {
            return;
        }
        float p[BLOCKS][STEP / MMA_COLUMNS][4] = {};
        float of_p[BLOCKS][STEP / MMA_COLUMNS][4] = {};
        queries.meet(p, of_p, memory.walk, step, slot);
#pragma unroll
        for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
            for (int h = 0; h < 2; h++) {
                float base = raise(most[b][h], p[b], h, scale, [&](float keep) {
                    sum[b][h] *= keep;
                    weighted[b][h] *= keep;
                });
#pragma unroll
                for (int j = 0; j < STEP / MMA_COLUMNS; j++) {
#pragma unroll
                    for (int i = 2 * h; i < 2 * h + 2; i++) {
                        float e = two_to(fmaf(p[b][j][i], scale, -base));
                        sum[b][h] += e;
                        weighted[b][h] = fmaf(e, of_p[b][j][i], weighted[b][h]);
                    }
                }
            }
        }
    });
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
        for (int h = 0; h < 2; h++) {
            float all = across_four(sum[b][h], Plus());
            float mean = across_four(weighted[b][h], Plus()) / all;
            int line = queries.line(b, h);
            if (my_twos() == 0 && queries.q0 + line < s.queries) {
                sums[queries.row + line] = make_float2(fmaf(most[b][h], scale, log2f(all)), mean);
            }
        }
    }
}

template <typename T, int HEAD, int BLOCKS>
__device__ void differentiate_queries(
        const T *q, const T *k, const T *v, const T *out_gradient, const float2 *sums, T *gradient, const Shape &s) {
    SHARED(memory, Memory<T, HEAD>);
    Queries<T, HEAD, BLOCKS> queries(s, memory, q, k, v, out_gradient);
    float scale = s.factor * LOG2_E;
    float2 row[BLOCKS][2];
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
        for (int h = 0; h < 2; h++) {
            int line = queries.line(b, h);
            row[b][h] = queries.q0 + line < s.queries ? sums[queries.row + line] : make_float2(0, 0);
        }
    }
    float result[BLOCKS][HEAD / MMA_COLUMNS][4] = {};
    auto bring = [&](int step, int slot) { queries.bring(memory.walk, step, slot); };
    walk(queries.steps, bring, [&](int step, int slot) {
        if (queries.mine.sees_none(s, queries.key(step), STEP)) {
            return;
        }
        float p[BLOCKS][STEP / MMA_COLUMNS][4] = {};
        float of_p[BLOCKS][STEP / MMA_COLUMNS][4] = {};
        queries.meet(p, of_p, memory.walk, step, slot);
#pragma unroll
        for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
            for (int j = 0; j < STEP / MMA_COLUMNS; j++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    float2 sum = row[b][i / 2];
                    p[b][j][i] = two_to(fmaf(p[b][j][i], scale, -sum.x)) * (of_p[b][j][i] - sum.y);
                }
            }
        }
        add_weighted<T>(result, p, memory.walk.first[slot], 0);
    });
    store<T, BLOCKS, HEAD>(
            gradient + queries.row * HEAD, s.queries - queries.q0, result, s.factor, aligned(gradient));
}

// Blocks are counted by heads of keys and values, each of which serves several heads of queries.
template <typename T, int HEAD, int BLOCKS>
__device__ void differentiate_keys(
        const T *q, const T *k, const T *v, const T *out_gradient, const float2 *sums, T *key_gradient,
        T *value_gradient, const Shape &s) {
    SHARED(memory, Memory<T, HEAD>);
    SHARED(rows, float2[2][STEP]);
    bool packed = aligned(q, k, v, out_gradient);
    int group = s.heads / s.kv_heads;
    int k0 = blockIdx.x * KEPT;
    int count = s.keys - k0;
    long long at = (key_head(s, blockIdx.y) + k0) * HEAD;
    Keys<T, HEAD, BLOCKS> mine(s, k0);
    keep<T, BLOCKS, HEAD>(mine.keys, memory, k + at, count, packed);
    keep<T, BLOCKS, HEAD>(mine.values, memory, v + at, count, packed);
    Cursor coming(s, k0);
    Cursor here = coming;
    auto bring = [&](int, int slot) {
        int there = s.queries - coming.q0;
        long long row = query_head(s, blockIdx.y * group + coming.head) + coming.q0;
        memory.walk.first[slot].template fill<SIZE<BLOCKS>>(q + row * HEAD, there, HEAD, HEAD, packed);
        memory.walk.second[slot].template fill<SIZE<BLOCKS>>(out_gradient + row * HEAD, there, HEAD, HEAD, packed);
        // Queries that are not there are zeros in everything, and so add nothing.
        if (threadIdx.x < STEP) {
            bool inside = (int) threadIdx.x < there;
            copy(&rows[slot][threadIdx.x], inside ? sums + row + threadIdx.x : sums, inside);
        }
        coming.go_on();
    };
    walk(group * here.steps(), bring, [&](int, int slot) {
        for (int from = 0; from < STEP; from += MMA_DEPTH) {
            mine.meet(memory.walk.first[slot], memory.walk.second[slot], rows[slot], from, here.q0 + from);
        }
        here.go_on();
    });
    store<T, BLOCKS, HEAD>(key_gradient + at, count, mine.of_keys, s.factor, aligned(key_gradient));
    store<T, BLOCKS, HEAD>(value_gradient + at, count, mine.of_values, 1, aligned(value_gradient));
}

#define INPUTS(T) const T *q, const T *k, const T *v, const T *out_gradient

#define OF_TYPE(t, T)                                                                                               \
    KERNEL_FOR(SIZE<2>, 1) tensor_attention_sums_64_##t(INPUTS(T), float2 *sums, SHAPE) {                           \
        sum_up<T, 64, 2>(q, k, v, out_gradient, sums, THE_SHAPE);                                                   \
    }                                                                                                               \
    KERNEL_FOR(SIZE<1>, 2) tensor_attention_sums_128_##t(INPUTS(T), float2 *sums, SHAPE) {                          \
        sum_up<T, 128, 1>(q, k, v, out_gradient, sums, THE_SHAPE);                                                  \
    }                                                                                                               \
    KERNEL_FOR(SIZE<2>, 1) tensor_attention_queries_64_##t(                                                         \
            INPUTS(T), const float2 *sums, T *gradient, SHAPE) {                                                    \
        differentiate_queries<T, 64, 2>(q, k, v, out_gradient, sums, gradient, THE_SHAPE);                          \
    }                                                                                                               \
    KERNEL_FOR(SIZE<1>, 1) tensor_attention_queries_128_##t(                                                        \
            INPUTS(T), const float2 *sums, T *gradient, SHAPE) {                                                    \
        differentiate_queries<T, 128, 1>(q, k, v, out_gradient, sums, gradient, THE_SHAPE);                         \
    }                                                                                                               \
    KERNEL_FOR(SIZE<1>, 1) tensor_attention_keys_64_##t(                                                            \
            INPUTS(T), const float2 *sums, T *key_gradient, T *value_gradient, SHAPE) {                             \
        differentiate_keys<T, 64, 1>(q, k, v, out_gradient, sums, key_gradient, value_gradient, THE_SHAPE);         \
    }                                                                                                               \
    KERNEL_FOR(SIZE<1>, 1) tensor_attention_keys_128_##t(                                                           \
            INPUTS(T), const float2 *sums, T *key_gradient, T *value_gradient, SHAPE) {                             \
        differentiate_keys<T, 128, 1>(q, k, v, out_gradient, sums, key_gradient, value_gradient, THE_SHAPE);        \
    }

OF_TYPE(bf16, bf16)
OF_TYPE(f16, f16)
