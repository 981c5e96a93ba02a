// Gradients of causal attention on tensor cores (FlashAttention-2, arXiv 2307.08691), for compute_80: a kernel for what the
// queries' rows sum to, one that walks over keys for the gradients of queries, one that walks over queries for those of keys
// and values. Nothing is added up in memory, so results are the same bits every time.
#include "tensor_keys.cuh"
#include "tensor_queries.cuh"

// For every query the binary logarithm of the sum of its exponentials, and the mean of the gradients of its probabilities.
template <typename T, int HEAD, int BLOCKS, int N>
__device__ void sum_up(const T *q, const T *k, const T *v, const T *out_gradient, float2 *sums, const Shape &s) {
    SHARED(memory, Memory<T, HEAD>);
    bool packed = aligned(q, k, v, out_gradient);
    Queries<T, HEAD, BLOCKS> queries(s, memory, q, packed);
    unsigned upstream[BLOCKS][HEAD / MMA_DEPTH][4];
    queries.take(upstream, memory, out_gradient, packed);
    float scale = s.factor * LOG2_E;
    float sum[BLOCKS][2] = {};
    float weighted[BLOCKS][2] = {};
    Maxima<BLOCKS> maxima;
    auto bring = [&](int step, int slot) { queries.bring(memory.walk, k, v, packed, step, slot); };
    walk(queries.steps, bring, [&](int step, int slot) {
        queries.template in_parts<N>(step, [&](int row, int key) {
            float p[BLOCKS][N][4] = {};
            float of_p[BLOCKS][N][4] = {};
            queries.meet(p, memory.walk.first[slot], row, key);
            multiply(of_p, upstream, memory.walk.second[slot], row);
#pragma unroll
            for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
                for (int h = 0; h < 2; h++) {
                    float keep;
                    float base = maxima.raise(p, b, h, scale, keep);
                    sum[b][h] *= keep;
                    weighted[b][h] *= keep;
#pragma unroll
                    for (int j = 0; j < N; j++) {
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
    });
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
        for (int h = 0; h < 2; h++) {
            float all = across_four(sum[b][h], Plus());
            float mean = across_four(weighted[b][h], Plus()) / all;
            int line = queries.line(b, h);
            if (my_twos() == 0 && queries.q0 + line < s.queries) {
                sums[queries.row + line] = make_float2(fmaf(maxima.most[b][h], scale, log2f(all)), mean);
            }
        }
    }
}

template <typename T, int HEAD, int BLOCKS, int N>
__device__ void differentiate_queries(
        const T *q, const T *k, const T *v, const T *out_gradient, const float2 *sums, T *gradient, const Shape &s) {
    SHARED(memory, Memory<T, HEAD>);
    bool packed = aligned(q, k, v, out_gradient);
    Queries<T, HEAD, BLOCKS> queries(s, memory, q, packed);
    unsigned upstream[BLOCKS][HEAD / MMA_DEPTH][4];
    queries.take(upstream, memory, out_gradient, packed);
    float scale = s.factor * LOG2_E;
    float2 of_row[BLOCKS][2];
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
        for (int h = 0; h < 2; h++) {
            int line = queries.line(b, h);
            of_row[b][h] = queries.q0 + line < s.queries ? sums[queries.row + line] : make_float2(0, 0);
        }
    }
    float result[BLOCKS][HEAD / MMA_COLUMNS][4] = {};
    auto bring = [&](int step, int slot) { queries.bring(memory.walk, k, v, packed, step, slot); };
    walk(queries.steps, bring, [&](int step, int slot) {
        queries.template in_parts<N>(step, [&](int row, int key) {
            float p[BLOCKS][N][4] = {};
            float of_p[BLOCKS][N][4] = {};
            queries.meet(p, memory.walk.first[slot], row, key);
            multiply(of_p, upstream, memory.walk.second[slot], row);
#pragma unroll
            for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
                for (int j = 0; j < N; j++) {
#pragma unroll
                    for (int i = 0; i < 4; i++) {
                        float2 sum = of_row[b][i / 2];
                        p[b][j][i] = two_to(fmaf(p[b][j][i], scale, -sum.x)) * (of_p[b][j][i] - sum.y);
                    }
                }
            }
            add_weighted<T>(result, p, memory.walk.first[slot], row);
        });
    });
    store(memory, gradient + queries.row * HEAD, s.queries - queries.q0, result, s.factor);
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
    int first = s.query(k0) / STEP * STEP;
    int end = s.window == 0 ? s.queries : least(s.queries, s.query(k0 + KEPT + s.window - 1));
    int steps = end > first ? (end - first + STEP - 1) / STEP : 0;
    for (int head = blockIdx.y * group; head < (int) (blockIdx.y + 1) * group; head++) {
        auto bring = [&](int step, int slot) {
            int q0 = first + step * STEP;
            int there = s.queries - q0;
            long long row = query_head(s, head) + q0;
            memory.walk.first[slot].template fill<SIZE<BLOCKS>>(q + row * HEAD, there, HEAD, HEAD, packed);
            memory.walk.second[slot].template fill<SIZE<BLOCKS>>(out_gradient + row * HEAD, there, HEAD, HEAD, packed);
            // Queries that are not there are zeros in everything, and so add nothing.
            if (threadIdx.x < STEP) {
                bool inside = (int) threadIdx.x < there;
                copy(&rows[slot][threadIdx.x], inside ? sums + row + threadIdx.x : sums, inside);
            }
        };
        walk(steps, bring, [&](int step, int slot) {
            for (int from = 0; from < STEP; from += MMA_DEPTH) {
                mine.meet(
                        memory.walk.first[slot], memory.walk.second[slot], rows[slot], from, first + step * STEP + from);
            }
        });
        // Nobody computes any more with what the next head brings.
        __syncthreads();
    }
    store(memory, key_gradient + at, count, mine.of_keys, s.factor);
    store(memory, value_gradient + at, count, mine.of_values, 1);
}

#define INPUTS(T) const T *q, const T *k, const T *v, const T *out_gradient

#define OF_TYPE(t, T)                                                                                               \
    KERNEL_FOR(SIZE<2>, 3) tensor_attention_sums_64_##t(INPUTS(T), float2 *sums, SHAPE) {                           \
        sum_up<T, 64, 2, 4>(q, k, v, out_gradient, sums, THE_SHAPE);                                                   \
    }                                                                                                               \
    KERNEL_FOR(SIZE<2>, 2) tensor_attention_sums_128_##t(INPUTS(T), float2 *sums, SHAPE) {                          \
        sum_up<T, 128, 2, 2>(q, k, v, out_gradient, sums, THE_SHAPE);                                                  \
    }                                                                                                               \
    KERNEL_FOR(SIZE<2>, 2) tensor_attention_queries_64_##t(                                                         \
            INPUTS(T), const float2 *sums, T *gradient, SHAPE) {                                                    \
        differentiate_queries<T, 64, 2, 4>(q, k, v, out_gradient, sums, gradient, THE_SHAPE);                          \
    }                                                                                                               \
    KERNEL_FOR(SIZE<1>, 1) tensor_attention_queries_128_##t(                                                        \
            INPUTS(T), const float2 *sums, T *gradient, SHAPE) {                                                    \
        differentiate_queries<T, 128, 1, 4>(q, k, v, out_gradient, sums, gradient, THE_SHAPE);                         \
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
