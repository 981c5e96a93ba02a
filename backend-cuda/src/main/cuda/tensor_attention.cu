// Causal attention on tensor cores (FlashAttention-2, arXiv 2307.08691), for compute_80: a warp keeps 16 queries and what
// they have gathered in registers, while the block walks over tiles of keys. Scores become weights without leaving them.
#include "attention.cuh"
#include "tensor.cuh"

constexpr int WARPS = THREADS / WARP;
constexpr int QUERIES = WARPS * MMA_ROWS;
constexpr int KEYS = 64;
constexpr int KEY_BLOCKS = KEYS / MMA_COLUMNS;
// Rows of a tile begin in different banks for lanes that read them at once.
constexpr int GAP = 8;

// Across the four lanes that hold a row.
template <typename C>
__device__ float across_four(float mine, C combine) {
    mine = combine(mine, __shfl_xor_sync(EVERY_LANE, mine, 1));
    return combine(mine, __shfl_xor_sync(EVERY_LANE, mine, 2));
}

// A tile of keys as it lies, and one of values turned, so that neighbours along what is summed lie side by side in both.
template <typename T, int HEAD>
__device__ void load_tiles(T *keys, T *values, const T *k, const T *v, int count) {
    for (int i = threadIdx.x; i < KEYS * HEAD / PACK; i += THREADS) {
        int r = i / (HEAD / PACK);
        int c = i % (HEAD / PACK) * PACK;
        const T *none = nullptr;
        *reinterpret_cast<Pack<T> *>(keys + r * (HEAD + GAP) + c) = load(r < count ? k + r * HEAD : none, c, HEAD);
        Pack<T> eight = load(r < count ? v + r * HEAD : none, c, HEAD);
#pragma unroll
        for (int j = 0; j < PACK; j++) {
            values[(c + j) * (KEYS + GAP) + r] = eight.at[j];
        }
    }
}

template <typename T, int HEAD>
__device__ void attend(const T *q, const T *k, const T *v, T *out, const Shape &s) {
    SHARED(keys, T[KEYS * (HEAD + GAP)]);
    SHARED(values, T[HEAD * (KEYS + GAP)]);
    int lane = threadIdx.x % WARP;
    int group = lane / 4;
    int twos = lane % 4 * 2;
    int q0 = blockIdx.x * QUERIES;
    // The rows of a lane, and where they stand.
    int row[2];
    int position[2];
    float most[2];
    float sum[2];
    long long head_at = query_head(s, blockIdx.y) * HEAD;
    for (int h = 0; h < 2; h++) {
        row[h] = q0 + threadIdx.x / WARP * MMA_ROWS + group + h * 8;
        position[h] = s.position(row[h]);
        most[h] = -INFINITY;
        sum[h] = 0;
    }
    unsigned x[HEAD / MMA_DEPTH][4];
#pragma unroll
    for (int e = 0; e < HEAD / MMA_DEPTH; e++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            int r = row[i % 2];
            const T *at = q + head_at + (long long) r * HEAD + e * MMA_DEPTH + twos + i / 2 * 8;
            x[e][i] = r < s.queries ? at[0].bits | (unsigned) at[1].bits << 16 : 0;
        }
    }
    long long keys_at = key_head(s, blockIdx.y / (s.heads / s.kv_heads)) * HEAD;
    int end = s.position(least(q0 + QUERIES, s.queries) - 1) + 1;
    float result[HEAD / MMA_COLUMNS][4] = {};
    for (int k0 = s.first(s.position(q0)) / KEYS * KEYS; k0 < end; k0 += KEYS) {
        long long tile_at = keys_at + (long long) k0 * HEAD;
        load_tiles<T, HEAD>(keys, values, k + tile_at, v + tile_at, least(KEYS, s.keys - k0));
        __syncthreads();
        float p[KEY_BLOCKS][4] = {};
#pragma unroll
        for (int e = 0; e < HEAD / MMA_DEPTH; e++) {
#pragma unroll
            for (int j = 0; j < KEY_BLOCKS; j++) {
                const T *at = keys + (j * MMA_COLUMNS + group) * (HEAD + GAP) + e * MMA_DEPTH + twos;
                mma<T>(p[j], x[e], pair(at), pair(at + 8));
            }
        }
#pragma unroll
        for (int h = 0; h < 2; h++) {
            float peak = most[h];
#pragma unroll
            for (int j = 0; j < KEY_BLOCKS; j++) {
#pragma unroll
                for (int c = 0; c < 2; c++) {
                    float &here = p[j][2 * h + c];
                    here = score(here, k0 + j * MMA_COLUMNS + twos + c, position[h], s);
                    peak = fmaxf(peak, here);
                }
            }
            peak = across_four(peak, Larger());
            float keep = shrinkage(most[h], peak);
            most[h] = peak;
            float mine = 0;
#pragma unroll
            for (int j = 0; j < KEY_BLOCKS; j++) {
#pragma unroll
                for (int c = 0; c < 2; c++) {
                    float &here = p[j][2 * h + c];
                    here = exponential(here, peak);
                    mine += here;
                }
            }
            sum[h] = sum[h] * keep + across_four(mine, Plus());
#pragma unroll
            for (int d = 0; d < HEAD / MMA_COLUMNS; d++) {
                result[d][2 * h] *= keep;
                result[d][2 * h + 1] *= keep;
            }
        }
#pragma unroll
        for (int e = 0; e < KEYS / MMA_DEPTH; e++) {
            unsigned weights[4] = {
                join<T>(p[2 * e][0], p[2 * e][1]), join<T>(p[2 * e][2], p[2 * e][3]),
                join<T>(p[2 * e + 1][0], p[2 * e + 1][1]), join<T>(p[2 * e + 1][2], p[2 * e + 1][3])};
#pragma unroll
            for (int d = 0; d < HEAD / MMA_COLUMNS; d++) {
                const T *at = values + (d * MMA_COLUMNS + group) * (KEYS + GAP) + e * MMA_DEPTH + twos;
                mma<T>(result[d], weights, pair(at), pair(at + 8));
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int d = 0; d < HEAD / MMA_COLUMNS; d++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            if (row[i / 2] < s.queries) {
                out[head_at + (long long) row[i / 2] * HEAD + d * MMA_COLUMNS + twos + i % 2] =
                        rounded<T>(result[d][i] / sum[i / 2]);
            }
        }
    }
}

#define OF_TYPE(t, T)                                                                               \
    KERNEL_OF(2) tensor_attention_64_##t(const T *q, const T *k, const T *v, T *out, SHAPE) {       \
        attend<T, 64>(q, k, v, out, THE_SHAPE);                                                     \
    }                                                                                               \
    KERNEL_OF(1) tensor_attention_128_##t(const T *q, const T *k, const T *v, T *out, SHAPE) {      \
        attend<T, 128>(q, k, v, out, THE_SHAPE);                                                    \
    }

OF_TYPE(bf16, bf16)
OF_TYPE(f16, f16)
