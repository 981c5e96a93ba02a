// Causal attention without the matrix of scores (FlashAttention, arXiv 2205.14135) and without tensor cores: a block takes a
// tile of queries (or, for the gradients of keys and values, of keys) and walks over the tiles that it meets. Products run
// over the whole head in chunks; results are kept in registers, a slab of columns at a time, so that no size is a limit.
#include "attention.cuh"

template <typename T>
__device__ void attend(const T *q, const T *k, const T *v, T *out, const Shape &s) {
    SHARED(tiles, Tiles);
    int q0 = blockIdx.x * TILE;
    int count = least(TILE, s.queries - q0);
    long long at = (query_head(s, blockIdx.y) + q0) * s.head;
    long long keys_at = key_head(s, blockIdx.y / (s.heads / s.kv_heads)) * s.head;
    for (int from = 0; from < s.head; from += SLAB) {
        float most[EACH];
        float sum[EACH];
        float result[EACH][COLUMNS] = {};
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            most[i] = -INFINITY;
            sum[i] = 0;
        }
        for (int k0 = s.first_tile(q0); k0 < s.end_key(q0); k0 += TILE) {
            int key_count = least(TILE, s.keys - k0);
            float p[EACH][EACH];
            multiply(p, tiles, q + at, count, k + keys_at + (long long) k0 * s.head, key_count, s.head);
#pragma unroll
            for (int i = 0; i < EACH; i++) {
                int position = s.position(q0 + my_row(i));
#pragma unroll
                for (int j = 0; j < EACH; j++) {
                    p[i][j] = score(p[i][j], k0 + my_column(j), position, s);
                }
                float keep = raise(most[i], p[i]);
                float mine = 0;
#pragma unroll
                for (int j = 0; j < EACH; j++) {
                    p[i][j] = exponential(p[i][j], most[i]);
                    mine += p[i][j];
                }
                sum[i] = sum[i] * keep + across_row(mine, Plus());
#pragma unroll
                for (int c = 0; c < COLUMNS; c++) {
                    result[i][c] *= keep;
                }
            }
            keep_weights(tiles, p);
            add_product(result, tiles, STRIDE, 1, v + keys_at + (long long) k0 * s.head, key_count, from, s.head);
        }
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            sum[i] = 1 / sum[i];
        }
        store(out + at, count, result, sum, from, s.head);
    }
}

// For every query the logarithm of the sum of its exponentials, and the mean of the gradients of its probabilities.
template <typename T>
__device__ void sum_up(const T *q, const T *k, const T *v, const T *out_gradient, float2 *sums, const Shape &s) {
    SHARED(tiles, Tiles);
    int q0 = blockIdx.x * TILE;
    int count = least(TILE, s.queries - q0);
    long long at = (query_head(s, blockIdx.y) + q0) * s.head;
    long long keys_at = key_head(s, blockIdx.y / (s.heads / s.kv_heads)) * s.head;
    float most[EACH];
    float sum[EACH] = {};
    float weighted[EACH] = {};
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        most[i] = -INFINITY;
    }
    for (int k0 = s.first_tile(q0); k0 < s.end_key(q0); k0 += TILE) {
        int key_count = least(TILE, s.keys - k0);
        long long tile_at = keys_at + (long long) k0 * s.head;
        float p[EACH][EACH];
        float upstream[EACH][EACH];
        multiply(p, tiles, q + at, count, k + tile_at, key_count, s.head);
        multiply(upstream, tiles, out_gradient + at, count, v + tile_at, key_count, s.head);
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            int position = s.position(q0 + my_row(i));
#pragma unroll
            for (int j = 0; j < EACH; j++) {
                p[i][j] = score(p[i][j], k0 + my_column(j), position, s);
            }
            float keep = raise(most[i], p[i]);
            float mine = 0;
            float product = 0;
#pragma unroll
            for (int j = 0; j < EACH; j++) {
                float e = exponential(p[i][j], most[i]);
                mine += e;
                product += e * upstream[i][j];
            }
            sum[i] = sum[i] * keep + across_row(mine, Plus());
            weighted[i] = weighted[i] * keep + across_row(product, Plus());
        }
    }
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        if (threadIdx.x % ACROSS == 0 && my_row(i) < count) {
            sums[query_head(s, blockIdx.y) + q0 + my_row(i)] = make_float2(most[i] + logf(sum[i]), weighted[i] / sum[i]);
        }
    }
}

// Turns products into probabilities, and the gradients of those into gradients of the products.
__device__ inline void differentiate(
        float (&p)[EACH][EACH], float (&upstream)[EACH][EACH], const float2 *sums, int count, int q0, int k0,
        const Shape &s) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        int position = s.position(q0 + my_row(i));
        float2 row = my_row(i) < count ? sums[my_row(i)] : make_float2(0, 0);
#pragma unroll
        for (int j = 0; j < EACH; j++) {
            p[i][j] = exponential(score(p[i][j], k0 + my_column(j), position, s), row.x);
            upstream[i][j] = s.factor * p[i][j] * (upstream[i][j] - row.y);
        }
    }
}

template <typename T>
__device__ void differentiate_queries(
        const T *q, const T *k, const T *v, const T *out_gradient, const float2 *sums, T *gradient, const Shape &s) {
    SHARED(tiles, Tiles);
    const float ones[EACH] = {1, 1, 1, 1};
    int q0 = blockIdx.x * TILE;
    int count = least(TILE, s.queries - q0);
    long long row = query_head(s, blockIdx.y) + q0;
    long long keys_at = key_head(s, blockIdx.y / (s.heads / s.kv_heads)) * s.head;
    for (int from = 0; from < s.head; from += SLAB) {
        float result[EACH][COLUMNS] = {};
        for (int k0 = s.first_tile(q0); k0 < s.end_key(q0); k0 += TILE) {
            int key_count = least(TILE, s.keys - k0);
            long long tile_at = keys_at + (long long) k0 * s.head;
            float p[EACH][EACH];
            float upstream[EACH][EACH];
            multiply(p, tiles, q + row * s.head, count, k + tile_at, key_count, s.head);
            multiply(upstream, tiles, out_gradient + row * s.head, count, v + tile_at, key_count, s.head);
            differentiate(p, upstream, sums + row, count, q0, k0, s);
            keep_weights(tiles, upstream);
            add_product(result, tiles, STRIDE, 1, k + tile_at, key_count, from, s.head);
        }
        store(gradient + row * s.head, count, result, ones, from, s.head);
    }
}

// Blocks are counted by heads of keys and values, each of which serves several heads of queries.
template <typename T>
__device__ void differentiate_keys(
        const T *q, const T *k, const T *v, const T *out_gradient, const float2 *sums, T *key_gradient,
        T *value_gradient, const Shape &s) {
    SHARED(tiles, Tiles);
    const float ones[EACH] = {1, 1, 1, 1};
    int k0 = blockIdx.x * TILE;
    int key_count = least(TILE, s.keys - k0);
    int group = s.heads / s.kv_heads;
    long long at = (key_head(s, blockIdx.y) + k0) * s.head;
    for (int from = 0; from < s.head; from += SLAB) {
        float of_keys[EACH][COLUMNS] = {};
        float of_values[EACH][COLUMNS] = {};
        for (int g = 0; g < group; g++) {
            long long head_at = query_head(s, blockIdx.y * group + g);
            for (int q0 = 0; q0 < s.queries; q0 += TILE) {
                if (k0 + TILE <= s.first_tile(q0) || k0 >= s.end_key(q0)) {
                    continue;
                }
                int count = least(TILE, s.queries - q0);
                const T *query = q + (head_at + q0) * s.head;
                const T *output = out_gradient + (head_at + q0) * s.head;
                float p[EACH][EACH];
                float upstream[EACH][EACH];
                multiply(p, tiles, query, count, k + at, key_count, s.head);
                multiply(upstream, tiles, output, count, v + at, key_count, s.head);
                differentiate(p, upstream, sums + head_at + q0, count, q0, k0, s);
                keep_weights(tiles, p);
                add_product(of_values, tiles, 1, STRIDE, output, count, from, s.head);
                keep_weights(tiles, upstream);
                add_product(of_keys, tiles, 1, STRIDE, query, count, from, s.head);
            }
        }
        store(key_gradient + at, key_count, of_keys, ones, from, s.head);
        store(value_gradient + at, key_count, of_values, ones, from, s.head);
    }
}

#define OF_TYPE(t, T)                                                                               \
    KERNEL_OF(1) attention_##t(const T *q, const T *k, const T *v, T *out, SHAPE) {                 \
        attend(q, k, v, out, THE_SHAPE);                                                            \
    }                                                                                               \
    KERNEL_OF(2) attention_sums_##t(                                                                \
            const T *q, const T *k, const T *v, const T *out_gradient, float2 *sums, SHAPE) {       \
        sum_up(q, k, v, out_gradient, sums, THE_SHAPE);                                             \
    }                                                                                               \
    KERNEL_OF(2) attention_queries_##t(                                                             \
            const T *q, const T *k, const T *v, const T *out_gradient, const float2 *sums,          \
            T *gradient, SHAPE) {                                                                   \
        differentiate_queries(q, k, v, out_gradient, sums, gradient, THE_SHAPE);                    \
    }                                                                                               \
    KERNEL_OF(1) attention_keys_##t(                                                                \
            const T *q, const T *k, const T *v, const T *out_gradient, const float2 *sums,          \
            T *key_gradient, T *value_gradient, SHAPE) {                                            \
        differentiate_keys(q, k, v, out_gradient, sums, key_gradient, value_gradient, THE_SHAPE);   \
    }

OF_TYPE(f32, float)
OF_TYPE(bf16, bf16)
OF_TYPE(f16, f16)
